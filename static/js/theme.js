// Loaded in the head, before anything is painted, so that the page never flashes in the wrong
// colours. The choice is the person's own (User.theme), rendered into <html data-chosen-theme>.
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const chosen = root.dataset.chosenTheme || "auto";
    const isDark = chosen === "dark" || (chosen === "auto" && dark.matches);
    root.setAttribute("data-bs-theme", isDark ? "dark" : "light");
    root.dispatchEvent(new CustomEvent("leadqual:theme", { detail: { dark: isDark } }));
  };
  dark.addEventListener("change", apply);
  new MutationObserver(apply).observe(root, { attributeFilter: ["data-chosen-theme"] });
  apply();
})();
