// Keeps the call page live: sends forms without a reload, polls for what is new, moves the counters.
// Without this file every form is a plain POST and the page shows the same.
"use strict";

const body = document.body;
const address = body.dataset.address;
const api = "/test/api/retell";
const find = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const shown = new Map(); // part -> the source it was made from
let week = ""; // query of the week that was chosen
let waiting = 0; // sentences under way
let queue = Promise.resolve();
let timer = 0;

const callId = () => body.dataset.call;

async function post(url, data, headers = {}) {
  const response = await fetch(url, { method: "POST", body: data, headers });
  return response.json();
}

// --- parts: the server renders them, a part is replaced only when its source changed ---

function place(part) {
  const name = part.dataset.part;
  const source = part.outerHTML;
  if (shown.get(name) === source) return;
  shown.set(name, source);
  const old = find(`[data-part="${name}"]`);
  if (!old) {
    if (part.dataset.into) document.getElementById(part.dataset.into).append(part);
    return;
  }
  all("details[open][id]", old).forEach((open) => find(`#${open.id}`, part)?.setAttribute("open", ""));
  all("input:checked[name]", old).forEach((input) => {
    const same = all("input", part).find((other) => other.name === input.name && other.value === input.value);
    if (same) same.checked = true;
  });
  const focus = old.contains(document.activeElement) && document.activeElement.dataset.test;
  const scrolled = old.scrollTop;
  old.replaceWith(part);
  part.scrollTop = scrolled;
  if (focus) find(`[data-test="${focus}"]`, part)?.focus();
}

const isAtEnd = (box) => box.scrollHeight - box.clientHeight - box.scrollTop < 40;

function show(html) {
  const doc = new DOMParser().parseFromString(html, "text/html");
  const flow = document.getElementById("turns");
  const atEnd = isAtEnd(flow);
  const talkAtEnd = isAtEnd(find('[data-part="talk"]'));
  all("[data-part]", doc).forEach(place);
  if (find('[data-part^="turn-"]')) find('[data-part="no-turns"]')?.remove();
  if (atEnd) flow.scrollTop = flow.scrollHeight;
  const talk = find('[data-part="talk"]');
  if (talkAtEnd) talk.scrollTop = talk.scrollHeight;
  const odd = find("[data-odd]");
  if (odd) odd.textContent = Number(find("[data-odd-count]").dataset.oddCount) || "";
}

async function refresh() {
  clearTimeout(timer);
  if (!callId() || document.hidden) return;
  let pause = waiting ? 400 : 2000;
  try {
    const response = await fetch(`${api}/calls/${callId()}/parts?${week}`);
    if (!response.ok) throw new Error(response.status);
    const news = await response.json();
    show(news.html);
    if (news.open) pause = 400;
    body.classList.remove("is-gone");
  } catch {
    body.classList.add("is-gone");
  }
  clearTimeout(timer);
  timer = setTimeout(refresh, pause);
}

function adopt(identifier) {
  if (!identifier || identifier === callId()) return;
  body.dataset.call = identifier;
  history.replaceState(null, "", `${address}/${identifier}`);
  all("#turns > *").forEach((turn) => turn.remove());
  shown.clear();
  all("form").forEach((form) => {
    const field = form.elements.call_id || form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "call_id" }));
    field.value = identifier;
  });
}

// --- saying: one sentence after the other, the page stays usable ---

function echo(text) {
  const talk = find('[data-part="talk"]');
  find(".nothing", talk)?.remove();
  const said = document.createElement("div");
  said.className = "said by-caller";
  said.append(Object.assign(document.createElement("p"), { textContent: text }));
  talk.append(said);
  talk.scrollTop = talk.scrollHeight;
  shown.delete("talk");
}

function complain() {
  const talk = find('[data-part="talk"]');
  if (!find('[data-test="error-message"]')) talk.append(find("#silence").content.cloneNode(true));
  talk.scrollTop = talk.scrollHeight;
  shown.delete("talk");
}

async function say(text) {
  const patience = setTimeout(complain, Number(body.dataset.giveUp) * 1000);
  waiting += 1;
  try {
    if (!callId()) {
      const people = Object.fromEntries(new FormData(find("#call-form")));
      adopt((await post(`${api}/calls`, JSON.stringify(people))).call_id);
    }
    refresh();
    await post(`${api}/say`, JSON.stringify({ call_id: callId(), text }));
  } catch {
    complain();
  } finally {
    clearTimeout(patience);
    waiting -= 1;
    await refresh();
  }
}

async function act(form, button) {
  const data = new FormData(form, button);
  button?.setAttribute("aria-busy", "true");
  try {
    const url = button?.getAttribute("formaction") || form.getAttribute("action");
    const answer = await post(url, data, { Accept: "application/json" });
    note(answer.note);
    if (answer.call_id !== callId()) adopt(answer.call_id);
    if (!callId()) return location.reload();
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
  find(".top").after(strip);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  if (form.id === "say-form" && !button?.hasAttribute("data-live-button")) {
    event.preventDefault();
    const input = find("#user-input");
    const text = (button?.name === "quick" ? button.value : input.value).trim();
    if (!text) return;
    if (button?.name !== "quick") input.value = "";
    sessionStorage.setItem("last", text);
    echo(text);
    queue = queue.then(() => say(text));
    input.focus();
  } else if (form.hasAttribute("data-live") || button?.hasAttribute("data-live-button")) {
    event.preventDefault();
    act(form, button);
  }
});

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-week],[data-go],[data-open],[data-drawer],[data-copy]");
  if (!target) return;
  if (target.matches("[data-week]") && callId()) {
    event.preventDefault();
    week = target.getAttribute("href").slice(1);
    refresh();
  } else if (target.dataset.go) go(target.dataset.go);
  else if (target.dataset.open) document.getElementById(target.dataset.open).showModal();
  else if (target.matches("[data-drawer]")) target.setAttribute("aria-expanded", body.classList.toggle("drawer-open"));
  else if (target.dataset.copy) navigator.clipboard?.writeText(target.dataset.copy);
});

function go(tab) {
  find("main").dataset.tab = tab;
  all(".tabs button").forEach((button) => button.toggleAttribute("aria-current", button.dataset.go === tab));
}

// --- keys ---

function move(event, list, step) {
  const next = list[list.indexOf(document.activeElement.closest("summary,button")) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

const jumps = { s: () => find("#user-input").focus(), b: () => find("#turns").focus(), k: () => focusCalendar(), f: () => find(".preset").focus(), "?": () => find("#keys").showModal() };

function focusCalendar() {
  find(".week-table button")?.focus();
}

document.addEventListener("keydown", (event) => {
  const at = document.activeElement;
  const typing = at.matches("input[type=text],input[type=datetime-local],select,textarea");
  if (at.id === "user-input" && event.key === "ArrowUp" && !at.value) at.value = sessionStorage.getItem("last") || "";
  else if (event.key === "Escape" && typing) at.blur();
  else if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  else if (at.closest("#turns") && /^Arrow(Up|Down)$/.test(event.key)) move(event, all("#turns summary"), event.key === "ArrowDown" ? 1 : -1);
  else if (at.closest(".week-table") && event.key.startsWith("Arrow")) moveInWeek(event, at);
  else if (event.key.length === 1 && find("#keys-on").checked && !find("dialog[open]")) {
    const button = find(`[data-key="${event.key}"]`);
    if (button) button.click();
    else if (jumps[event.key]) {
      event.preventDefault();
      jumps[event.key]();
    }
  }
});

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
      return button.focus();
    }
  }
}

// --- counters: the server's clock goes on between two polls ---

let clockAt = 0;
let clockText = "";
let readAt = 0;

function tick() {
  const clock = find("[data-clock]");
  if (clock && clock.dataset.clock !== clockText) {
    clockText = clock.dataset.clock;
    clockAt = Date.parse(clockText);
    readAt = performance.now();
  }
  const now = clockAt + (callId() ? performance.now() - readAt : 0);
  all("[data-since]").forEach((span) => {
    const seconds = Math.max(0, (now - Date.parse(span.dataset.since)) / 1000);
    span.textContent = span.dataset.form === "tenths" ? seconds.toFixed(1).replace(".", ",") : `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
    if (span.dataset.form === "tenths") span.parentElement.classList.toggle("is-open", seconds >= 3);
  });
}

all("[data-part]").forEach((part) => shown.set(part.dataset.part, part.outerHTML));
document.addEventListener("visibilitychange", refresh);
setInterval(tick, 100);
const start = find('[data-part="talk"]');
start.scrollTop = start.scrollHeight;
refresh();
