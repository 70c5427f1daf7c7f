"use strict";

const KEYS = ["area", "verdict", "level"];
const items = [...document.querySelectorAll("main details")];
const groups = [...document.querySelectorAll("section:has(details)")];
const buttons = [...document.querySelectorAll("table button, .filter button[data-level]")];
const status = document.querySelector(".filter [role=status]");
const reset = document.getElementById("reset");
let filter = {};

/* A cell of the table sets the area and the verdict, a level button the level. It is pressed if all its keys match. */
const keysOf = (button) => (button.dataset.level ? ["level"] : ["area", "verdict"]);
const isPressed = (button) => keysOf(button).every((key) => (filter[key] ?? "") === (button.dataset[key] ?? ""));

function show(wanted) {
  filter = wanted;
  const given = KEYS.filter((key) => filter[key]);
  let shown = 0;
  for (const item of items) {
    item.hidden = given.some((key) => item.dataset[key] !== filter[key]);
    shown += item.hidden ? 0 : 1;
  }
  for (const group of groups) group.hidden = !group.querySelector("details:not([hidden])");
  for (const button of buttons) button.setAttribute("aria-pressed", isPressed(button));
  reset.hidden = !given.length;
  const all = `${items.length} ${items.length === 1 ? "requirement" : "requirements"}`;
  status.textContent = given.length
    ? `${shown} of ${all}: ${given.map((key) => filter[key]).join(", ")}`
    : `${all}. Click a number in the table to filter.`;
}

function choose(wanted) {
  show(Object.fromEntries(KEYS.filter((key) => wanted[key]).map((key) => [key, wanted[key]])));
  const query = new URLSearchParams(filter).toString();
  history.replaceState(null, "", query ? `#${query}` : location.pathname + location.search);
}

/* The fragment of the address is the ID of a requirement, or a filter. */
function arrive() {
  const fragment = location.hash.slice(1);
  const item = items.find(({ id }) => id === fragment);
  if (item) {
    show({});
    item.open = true;
    item.scrollIntoView();
  } else if (fragment.includes("=")) {
    const given = new URLSearchParams(fragment);
    show(Object.fromEntries(KEYS.filter((key) => given.get(key)).map((key) => [key, given.get(key)])));
  }
}

for (const button of buttons) {
  button.disabled = false;
  button.addEventListener("click", () => {
    const wanted = { ...filter };
    const release = isPressed(button);
    for (const key of keysOf(button)) wanted[key] = release ? "" : button.dataset[key];
    choose(wanted);
  });
}
reset.addEventListener("click", () => {
  choose({});
  buttons[0]?.focus();
});
addEventListener("hashchange", arrive);
show({});
arrive();
document.querySelector(".filter").hidden = false;

for (const command of document.querySelectorAll(".command")) {
  const source = command.querySelector("code");
  const button = document.createElement("button");
  const said = document.createElement("span");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy ${command.dataset.of}`);
  said.setAttribute("role", "status");
  command.firstElementChild.append(button, said);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      said.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(source);
      said.textContent = "Selected. Copy it with the keyboard.";
    }
    setTimeout(() => { said.textContent = ""; }, 4000);
  });
}
