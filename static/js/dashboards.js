// A page of panels: one that could not be fetched says so and can be asked again; printing.
(() => {
  "use strict";

  const element = (name, className, text) => Object.assign(document.createElement(name), { className, textContent: text });

  const WHY = {
    0: "leadqual cannot be reached.",
    401: "Your session has ended: log in in another tab first.",
    403: "You may not see this any more.",
    404: "It is not there any more: load the page anew.",
    429: "Too many pages were opened in a short time: wait a few minutes.",
  };

  const failed = (event) => {
    const panel = event.target.closest(".lq-dash-panel");
    if (!panel) return;
    const status = event.detail.xhr ? event.detail.xhr.status : 0;
    const box = element("div", "empty", "");
    box.setAttribute("role", "alert");
    const again = element("button", "btn", "Try again");
    again.type = "button";
    again.addEventListener("click", () => {
      panel.replaceChildren(element("p", "card-body text-secondary mb-0", "Counting …"));
      window.htmx.trigger(panel, "again");
    });
    const action = element("div", "empty-action", "");
    action.append(again);
    box.append(
      element("p", "empty-title", "This could not be counted"),
      element("p", "empty-subtitle text-secondary", WHY[status] || "The rest of the page is right."),
      action,
    );
    panel.replaceChildren(box);
  };
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(name, failed);

  // A table that is wider than its card can be moved by keyboard; one that is not is no stop on the way.
  const reach = () => {
    for (const box of document.querySelectorAll(".lq-sideways[data-label]")) {
      const isWide = box.scrollWidth > box.clientWidth;
      for (const [name, value] of [["tabindex", "0"], ["role", "group"], ["aria-label", box.dataset.label]]) {
        if (isWide) box.setAttribute(name, value);
        else box.removeAttribute(name);
      }
    }
  };
  document.addEventListener("htmx:afterSettle", reach);
  window.addEventListener("resize", reach);

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  // Paper is light, and as wide as it is: charts are drawn in light colours, and scale.
  const root = document.documentElement;
  let chosen;
  window.addEventListener("beforeprint", () => {
    chosen = root.getAttribute("data-bs-theme");
    root.setAttribute("data-printing", "");
    if (chosen === "dark") {
      root.setAttribute("data-bs-theme", "light");
      root.dispatchEvent(new CustomEvent("leadqual:theme"));
    }
    for (const svg of document.querySelectorAll(".lq-chart svg")) {
      if (!svg.hasAttribute("viewBox")) svg.setAttribute("viewBox", `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`);
    }
  });
  window.addEventListener("afterprint", () => {
    root.removeAttribute("data-printing");
    for (const svg of document.querySelectorAll(".lq-chart svg")) svg.removeAttribute("viewBox");
    if (chosen === "dark") {
      root.setAttribute("data-bs-theme", "dark");
      root.dispatchEvent(new CustomEvent("leadqual:theme"));
    }
  });
})();
