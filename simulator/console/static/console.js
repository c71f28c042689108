// Keeps the console live: sends forms without a reload, polls what changed, moves the clock and the focus.
// Without this file every form is a plain POST and every choice a link.
"use strict";

const address = document.body.dataset.address;
const find = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const shown = new Map(); // part -> the source it was made from
const POLL_MS = 2000;
let timer = 0;
let asked = 0;

// --- parts: the server renders them, a part is replaced only when its source changed ---

function place(part) {
  const name = part.dataset.part;
  const source = part.outerHTML;
  if (shown.get(name) === source) return;
  shown.set(name, source);
  const old = find(`[data-part="${name}"]`);
  if (!old) return;
  keepState(old, part);
  const focus = focusIn(old);
  const scroll = all(".journal-scroll, .lines, .armed-list, .presets", old).map((box) => box.scrollTop);
  const list = find(".journal-scroll", old);
  const atEnd = list && list.scrollHeight - list.clientHeight - list.scrollTop < 40;
  const before = list ? all("tr[data-id]", list).length : 0;
  old.replaceWith(part);
  all(".journal-scroll, .lines, .armed-list, .presets", part).forEach((box, place) => (box.scrollTop = scroll[place] || 0));
  if (list) follow(part, atEnd, before);
  if (focus) find(focus, part)?.focus();
}

function keepState(old, part) {
  all("details[open][id]", old).forEach((open) => find(`#${open.id}`, part)?.setAttribute("open", ""));
  all("input:checked[name]", old).forEach((input) => {
    const same = all("input", part).find((other) => other.name === input.name && other.value === input.value);
    if (same) same.checked = true;
  });
  all("input[type=text], select", old).forEach((field) => {
    const same = all("input[type=text], select", part).find((other) => other.name === field.name && other.id === field.id);
    if (same && field.value !== field.defaultValue) same.value = field.value;
  });
}

function focusIn(old) {
  const at = document.activeElement;
  if (!old.contains(at)) return "";
  if (at.id) return `#${at.id}`;
  if (at.dataset.test) return `[data-test="${at.dataset.test}"]`;
  const row = at.closest("tr[data-id]");
  return row ? `tr[data-id="${row.dataset.id}"] a` : "";
}

// Rows never move under the pointer: who has scrolled up gets a button instead.
function follow(part, atEnd, before) {
  const list = find(".journal-scroll", part);
  const more = all("tr[data-id]", list).length - before;
  if (atEnd) list.scrollTop = list.scrollHeight;
  else if (more > 0) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "newer", textContent: more === 1 ? "1 neue Anfrage" : `${more} neue Anfragen` });
    button.addEventListener("click", () => {
      list.scrollTop = list.scrollHeight;
      button.remove();
    });
    part.append(button);
  }
}

async function refresh() {
  clearTimeout(timer);
  if (document.hidden) return;
  const ticket = ++asked;
  try {
    const response = await fetch(`${address}/parts${location.search}`);
    if (!response.ok) throw new Error(response.status);
    const news = await response.json();
    if (ticket !== asked) return;
    all("[data-part]", new DOMParser().parseFromString(news.html, "text/html")).forEach(place);
    document.body.classList.remove("is-gone");
  } catch {
    if (!document.body.classList.contains("is-gone")) note("Der Simulator antwortet nicht, neuer Versuch in 2 s.");
    document.body.classList.add("is-gone");
  }
  clearTimeout(timer);
  timer = setTimeout(refresh, POLL_MS);
}

function choose(url) {
  history.replaceState(null, "", url);
  return refresh();
}

async function act(form, button) {
  button?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new FormData(form, button), headers: { Accept: "application/json" } });
    note((await answer.json()).note);
    if (form.hasAttribute("data-close")) form.closest("dialog")?.close();
    button?.closest("details.menu")?.removeAttribute("open");
    await refresh();
  } catch {
    note("Der Simulator antwortet nicht.");
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

function note(text) {
  find(".strip")?.remove();
  if (!text) return;
  const strip = Object.assign(document.createElement("p"), { className: "strip", textContent: text });
  strip.setAttribute("role", "alert");
  find(".facts-line").after(strip);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("data-live")) {
    event.preventDefault();
    act(form, event.submitter);
  } else if (form.hasAttribute("data-search")) {
    event.preventDefault();
    search();
  }
});

function search() {
  const query = new URLSearchParams(location.search);
  const text = find("#search").value.trim();
  if (text) query.set("suche", text);
  else query.delete("suche");
  query.delete("offen");
  choose(`${address}?${query}`);
}

let typing = 0;
document.addEventListener("input", (event) => {
  if (event.target.id !== "search") return;
  clearTimeout(typing);
  typing = setTimeout(search, 250);
});

document.addEventListener("change", (event) => {
  if (event.target.closest("[data-accounts]")) location.href = `${address}?account=${encodeURIComponent(event.target.value)}`;
});

document.addEventListener("click", (event) => {
  all("details.menu[open]").forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
  const target = event.target.closest("[data-choose],[data-go],[data-open],[data-copy],[data-side]");
  if (!target) return;
  if (target.matches("[data-choose]")) {
    event.preventDefault();
    choose(target.getAttribute("href"));
    target.closest("details.menu")?.removeAttribute("open");
  } else if (target.dataset.go) go(target.dataset.go);
  else if (target.dataset.side) all("[data-side]").forEach((one) => one.setAttribute("aria-pressed", one === target));
  else if (target.dataset.open) document.getElementById(target.dataset.open).showModal();
  else if (target.dataset.copy) navigator.clipboard?.writeText(target.dataset.copy);
});

function go(tab) {
  find("main").dataset.tab = tab;
  all(".tabs button").forEach((button) => {
    if (button.dataset.go === tab) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  });
}

// --- keys ---

const jumps = {
  "/": () => find("#search").focus(),
  j: () => find(".journal-table a")?.focus(),
  k: () => find(".week-table button")?.focus(),
  f: () => find(".preset").focus(),
  "?": () => find("#keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  const at = document.activeElement;
  const inField = at.matches("input[type=text],input[type=datetime-local],input[type=file],select,textarea");
  if (event.key === "Escape") leave(at, inField);
  else if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
  else if (at.closest(".journal-table, .lines, .presets") && /^(Arrow(Up|Down)|Home|End)$/.test(event.key)) moveInList(event, at);
  else if (at.closest(".week") && /^Page(Up|Down)$/.test(event.key)) {
    event.preventDefault();
    find(`[data-step="${event.key === "PageUp" ? "back" : "on"}"]`).click();
  } else if (at.closest(".week-table") && event.key.startsWith("Arrow")) moveInWeek(event, at);
  else if (event.key.length === 1 && find("#keys-on").checked && !find("dialog[open]")) {
    const button = find(`[data-key="${event.key}"]`);
    if (button) button.click();
    else if (jumps[event.key]) {
      event.preventDefault();
      jumps[event.key]();
    }
  }
});

function leave(at, inField) {
  const menu = find("details.menu[open]");
  if (menu) {
    menu.removeAttribute("open");
    find("summary", menu).focus();
  } else if (inField) at.blur();
  else find(".is-selected a")?.click();
}

function moveInList(event, at) {
  const list = all("a, button", at.closest(".journal-table, .lines, .presets")).filter((one) => one.offsetParent);
  const here = list.indexOf(at);
  const next = { ArrowUp: here - 1, ArrowDown: here + 1, Home: 0, End: list.length - 1 }[event.key];
  if (!list[next]) return;
  event.preventDefault();
  list[next].focus();
}

function moveInWeek(event, at) {
  const cell = at.closest("td");
  const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  let row = cell.parentElement;
  let column = cell.cellIndex;
  for (;;) {
    row = down < 0 ? row.previousElementSibling : down > 0 ? row.nextElementSibling : row;
    column += right;
    const next = row?.cells[column];
    if (!next) return;
    const button = find("button", next);
    if (button) {
      event.preventDefault();
      at.tabIndex = -1;
      button.tabIndex = 0;
      return button.focus();
    }
  }
}

// --- the clock goes on between two polls, unless it stands ---

let clockText = "";
let readAt = 0;

function tick() {
  const clock = find("[data-clock]");
  if (clock.dataset.clock !== clockText) {
    clockText = clock.dataset.clock;
    readAt = performance.now();
  }
  if (clock.dataset.mode === "frozen") return;
  const now = new Date(Date.parse(clockText) + performance.now() - readAt);
  clock.textContent = now.toLocaleTimeString("de-DE", { timeZone: "Europe/Berlin" });
}

all("[data-part]").forEach((part) => shown.set(part.dataset.part, part.outerHTML));
const journal = find("#journal");
journal.scrollTop = journal.scrollHeight;
document.addEventListener("visibilitychange", refresh);
setInterval(tick, 250);
timer = setTimeout(refresh, POLL_MS);
