// Rows that are added to a list of rules get the same searchable selects as the others.
document.addEventListener("formset:added", (event) => {
  const $ = window.django && window.django.jQuery;
  if ($ && $.fn.djangoCustomSelect2) {
    $(event.target).find(".unfold-admin-autocomplete").djangoCustomSelect2();
  }
});

// The search box inside a choice of several takes the name of the choice, whenever it is made:
// jQuery makes them some time after the page has loaded, or with a row that is added.
const nameSearchBoxes = () => {
  for (const box of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
    const select = box.closest(".select2-container").previousElementSibling;
    const label = select && select.labels && select.labels[0];
    if (label) box.setAttribute("aria-label", label.textContent.trim());
  }
};
new MutationObserver(nameSearchBoxes).observe(document, { childList: true, subtree: true });
nameSearchBoxes();
