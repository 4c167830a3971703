// Rows that are added to a list of rules get the same searchable selects as the others.
document.addEventListener("formset:added", (event) => {
  const $ = window.django && window.django.jQuery;
  if ($ && $.fn.djangoCustomSelect2) {
    $(event.target).find(".unfold-admin-autocomplete").djangoCustomSelect2();
  }
});

// The search box inside a choice of several takes the name of the choice.
const nameSearchBoxes = (root) => {
  for (const box of root.querySelectorAll(".select2-search__field:not([aria-label])")) {
    const select = box.closest(".select2-container").previousElementSibling;
    const label = select && select.labels && select.labels[0];
    if (label) box.setAttribute("aria-label", label.textContent.trim());
  }
};
window.addEventListener("load", () => nameSearchBoxes(document));
document.addEventListener("formset:added", (event) => nameSearchBoxes(event.target));
