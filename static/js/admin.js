// Rows that are added to a list of rules get the same searchable selects as the others.
document.addEventListener("formset:added", (event) => {
  const $ = window.django && window.django.jQuery;
  if ($ && $.fn.djangoCustomSelect2) {
    $(event.target).find(".unfold-admin-autocomplete").djangoCustomSelect2();
  }
});
