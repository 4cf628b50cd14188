// The triage desk by keys: each act waits in the browser's own store until the server has taken it.

"use strict";

(() => {
  const RETRY_MS = 5000;
  const OUTBOX = "landwatch.acts";
  const SOUND = "landwatch.sound";
  const KEYS = "landwatch.keys";
  const STANDING = ["open", "acknowledged", "confirmed"];

  const box = document.getElementById("triage");
  const outbox = document.getElementById("outbox");
  const status = document.getElementById("said");
  const dialog = document.getElementById("keys");
  const words = JSON.parse(box.dataset.words);
  const rules = JSON.parse(box.dataset.rules);
  const { fill } = window.landwatch;
  const title = document.title;

  const form = () => document.getElementById("acts");
  const links = () => [...document.querySelectorAll("#queue a[data-event]")];

  // How the event that is looked at stands; an answer of the server may be newer than what is shown.
  const told = new Map();
  const chosen = () => {
    const shown = document.querySelector("#seen .standing")?.dataset;
    if (!shown) return undefined;
    const mine = { event: shown.event, state: shown.state, version: Number(shown.version) };
    const newer = told.get(shown.event);
    return newer && newer.version > mine.version ? { ...mine, ...newer } : mine;
  };
  const say = (text) => { status.textContent = text; };

  // A page over plain HTTP has no crypto.randomUUID.
  const fresh = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  // What waits to be sent

  const waiting = () => JSON.parse(localStorage.getItem(OUTBOX) ?? "[]");
  const keep = (items) => {
    if (items.length) localStorage.setItem(OUTBOX, JSON.stringify(items));
    else localStorage.removeItem(OUTBOX);
    show();
  };
  const change = (key, values) => keep(waiting().map((item) => (item.key === key ? { ...item, ...values } : item)));
  const drop = (key) => keep(waiting().filter((item) => item.key !== key));
  const ahead = (event) => waiting().filter((item) => item.event === event && !item.refused);

  // How an event will stand when what waits was done.
  const state = () => {
    const now = chosen();
    return now && ahead(now.event).reduce((before, item) => rules[item.fields.act].after ?? before, now.state);
  };

  const button = (text, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "tool";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  };

  const show = () => {
    const items = waiting();
    outbox.hidden = !items.length;
    outbox.querySelector("ul").replaceChildren(...items.map((item) => {
      const row = document.createElement("li");
      const what = document.createElement("b");
      what.textContent = item.said;
      const how = document.createElement("span");
      how.textContent = item.refused ?? item.held ?? words.unsent;
      row.append(what, how);
      if (item.late) row.append(button(words.look, () => { drop(item.key); choose(item.event, true); }));
      else row.append(button(item.refused ? words.away : words.back, () => drop(item.key)));
      return row;
    }));
    permit();
  };

  const permit = () => {
    const now = state();
    const may = (act) => rules[act].states.includes(now);
    for (const element of form()?.querySelectorAll("button[name=act]") ?? []) element.disabled = !may(element.value);
    for (const list of form()?.querySelectorAll("details[data-act]") ?? []) {
      list.classList.toggle("is-off", !may(list.dataset.act));
      for (const choice of list.querySelectorAll("button")) choice.disabled = !may(list.dataset.act);
      if (!may(list.dataset.act)) list.open = false;
    }
  };

  let sending = false;
  let retry = 0;

  // In order, one at a time: an act may stand on the one before it. True once nothing waits any more.
  const send = async () => {
    if (sending) return;
    sending = true;
    clearTimeout(retry);
    try {
      for (;;) {
        const item = waiting().find((one) => !one.refused);
        if (!item) return;
        const proof = form()?.elements.proof.value;
        if (!proof) {
          change(item.key, { held: words.sign_in });
          return;
        }
        const body = new URLSearchParams({ ...item.fields, proof, key: item.key });
        let answer;
        try {
          answer = await fetch(`/triage/${encodeURIComponent(item.event)}`, { method: "POST", body, headers: { Accept: "application/json" } });
        } catch {
          answer = null;
        }
        if (!answer || answer.status >= 500) {
          retry = setTimeout(send, RETRY_MS);
          return;
        }
        await settle(item, answer);
        if (answer.status === 401 || answer.status === 403) return;
      }
    } finally {
      sending = false;
    }
  };

  const settle = async (item, answer) => {
    if (answer.ok) {
      const now = chosen();
      if (now?.event === item.event) {
        told.set(item.event, { version: Math.max(now.version, Number(item.fields.version) + 1), state: rules[item.fields.act].after ?? now.state });
      }
      drop(item.key);
      say(fill(words.done, { act: item.said }));
      document.body.dispatchEvent(new CustomEvent("news"));
    } else if (answer.status === 401 || answer.status === 403) {
      change(item.key, { held: words.sign_in });
    } else if (answer.status === 409) {
      change(item.key, { refused: words.late, late: true });
      if (chosen()?.event === item.event) await choose(item.event, true);
    } else {
      change(item.key, { refused: fill(words.refused, { detail: (await answer.json()).detail }) });
    }
  };

  const act = (pressed) => {
    const fields = new FormData(form());
    const list = pressed.closest("details[data-act]");
    const name = list ? list.dataset.act : pressed.value;
    if (!rules[name].states.includes(state())) return;
    const note = form().elements.note;
    if (name === "note" && !note.value.trim()) {
      note.focus();
      return;
    }
    const event = form().dataset.event;
    const text = pressed.lastChild.textContent.trim();
    fields.delete("proof");
    fields.set("act", name);
    if (list) fields.set(pressed.name, pressed.value);
    fields.set("version", String(chosen().version + ahead(event).length));
    const said = `${list ? `${list.querySelector("summary").lastChild.textContent.trim()}: ` : ""}${text} · ${form().dataset.title}`;
    if (list) list.open = false;
    note.value = "";
    keep([...waiting(), { key: fresh(), event, fields: Object.fromEntries(fields), said }]);
    if (!STANDING.includes(state())) step(1);
    send();
  };

  // Which event is looked at

  const fetched = new Map();
  const part = async (event, late = false) => {
    const asked = new URLSearchParams(late ? { event, late: "1" } : { event });
    const answer = await fetch(`/parts/triage?${asked}`);
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.text();
  };

  let heard = 0;

  const choose = async (event, late = false) => {
    const before = heard;
    let html;
    try {
      html = await part(event, late);
    } catch {
      html = fetched.get(event);
    }
    if (html === undefined) {
      say(words.unreachable);
      return;
    }
    const proof = form()?.elements.proof.value;
    box.innerHTML = html;
    htmx.process(box);
    if (proof && form() && !form().elements.proof.value) form().elements.proof.value = proof;
    history.replaceState(null, "", `?${new URLSearchParams({ event })}`);
    window.landwatch.refreshed();
    refreshed();
    document.getElementById("seen-title")?.focus();
    // What came while this was fetched may not be in it.
    if (heard !== before) document.body.dispatchEvent(new CustomEvent("news"));
  };

  const step = (by) => {
    const all = links();
    const at = all.findIndex((link) => link.hasAttribute("aria-current"));
    const next = all[at + by];
    if (next) return choose(next.dataset.event);
    return undefined;
  };

  // The events beside this one are fetched ahead, so that they can be judged without a connection too.
  const prefetch = async () => {
    const all = links();
    const at = all.findIndex((link) => link.hasAttribute("aria-current"));
    for (const link of [all[at - 1], all[at + 1]]) {
      if (!link || !navigator.onLine) continue;
      try {
        fetched.set(link.dataset.event, await part(link.dataset.event));
      } catch {
        return;
      }
    }
  };

  const look = (link) => {
    const big = document.getElementById("big");
    for (const other of document.querySelectorAll(".pictures .strip a")) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    link.scrollIntoView({ block: "nearest", inline: "nearest" });
    const frame = big.querySelector(".frame");
    frame.href = link.href;
    frame.querySelector("img").src = `${link.href}?width=960`;
    frame.querySelector("svg")?.remove();
    const drawn = link.querySelector("svg");
    if (drawn) frame.append(drawn.cloneNode(true));
    big.querySelector("figcaption").replaceChildren(link.querySelector("time").cloneNode(true));
  };

  const turn = (by) => {
    const all = [...document.querySelectorAll(".pictures .strip a")];
    const next = all[all.findIndex((link) => link.hasAttribute("aria-current")) + by];
    if (next) look(next);
  };

  // Sound and title

  const sound = document.getElementById("sound");
  let audio = null;
  let known = null;

  const rings = () => localStorage.getItem(SOUND) === "on";
  const ring = () => {
    if (!rings()) return;
    audio ??= new AudioContext();
    audio.resume();
    [660, 880].forEach((pitch, index) => {
      const tone = audio.createOscillator();
      const loud = audio.createGain();
      const begin = audio.currentTime + index * 0.22;
      tone.frequency.value = pitch;
      loud.gain.setValueAtTime(0.25, begin);
      loud.gain.exponentialRampToValueAtTime(0.001, begin + 0.2);
      tone.connect(loud).connect(audio.destination);
      tone.start(begin);
      tone.stop(begin + 0.2);
    });
  };
  const toggle = () => {
    localStorage.setItem(SOUND, rings() ? "off" : "on");
    tellSound();
    ring();
  };
  const tellSound = () => {
    sound.setAttribute("aria-pressed", String(rings()));
    sound.textContent = rings() ? words.sound_on : words.sound_off;
  };
  // A browser lets a page ring only once it was touched.
  const touched = () => { if (rings()) (audio ??= new AudioContext()).resume(); };

  const refreshed = () => {
    const count = Number(document.querySelector("#queue .again")?.dataset.waiting ?? 0);
    document.title = count ? `(${count}) ${title}` : title;
    const open = links().filter((link) => link.parentElement.classList.contains("is-open"));
    const ids = new Set(open.map((link) => link.dataset.event));
    const come = known && open.find((link) => !known.has(link.dataset.event));
    known = ids;
    if (come) {
      say(fill(words.fresh, { event: come.querySelector("b").textContent.trim() }));
      ring();
    }
    const now = chosen();
    if (now && form()) form().elements.version.value = now.version;
    permit();
    prefetch();
  };

  // Keys

  const single = document.getElementById("single");
  const usesKeys = () => localStorage.getItem(KEYS) !== "off";
  const tellKeys = () => {
    single.checked = usesKeys();
    document.body.classList.toggle("no-keys", !usesKeys());
  };

  const open = (name) => {
    const list = form()?.querySelector(`details[data-act=${name}]`);
    if (!list || list.classList.contains("is-off")) return;
    for (const other of form().querySelectorAll("details")) other.open = other === list;
    list.querySelector(".choices button").focus();
  };

  const press = (name) => form()?.querySelector(`button[name=act][value=${name}]:not(:disabled)`)?.click();

  const meanings = {
    j: () => step(1),
    k: () => step(-1),
    a: () => press("acknowledge"),
    c: () => press("confirm"),
    d: () => open("dismiss"),
    h: () => open("hand_over"),
    e: () => press("close"),
    n: () => form()?.elements.note.focus(),
    s: toggle,
    "?": () => dialog.showModal(),
    ArrowLeft: () => turn(-1),
    ArrowRight: () => turn(1),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    const list = form()?.querySelector("details[open]");
    if (event.key === "Escape") {
      if (list) {
        list.open = false;
        list.querySelector("summary").focus();
      } else if (event.target.closest("input, select")) {
        event.target.blur();
      }
      return;
    }
    if (event.target.closest("input, select, textarea") || !usesKeys()) return;
    const choice = list?.querySelector(`button[data-key="${CSS.escape(event.key)}"]:not(:disabled)`);
    const meaning = choice ? () => choice.click() : list ? null : meanings[event.key];
    if (!meaning) return;
    event.preventDefault();
    meaning();
  });

  box.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    act(event.submitter);
  });
  box.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const picture = event.target.closest(".pictures .strip a");
    const wanted = event.target.closest("#queue a[data-event]");
    if (event.target.closest("details.is-off > summary")) event.preventDefault();
    if (!picture && !wanted) return;
    event.preventDefault();
    if (picture) look(picture);
    else choose(wanted.dataset.event);
  });

  sound.addEventListener("click", toggle);
  document.getElementById("help").addEventListener("click", () => dialog.showModal());
  single.addEventListener("change", () => {
    localStorage.setItem(KEYS, single.checked ? "on" : "off");
    tellKeys();
  });
  addEventListener("online", send);
  addEventListener("storage", show);
  addEventListener("pointerdown", touched);
  addEventListener("keydown", touched);
  document.addEventListener("htmx:after:swap", refreshed);
  document.body.addEventListener("news", () => {
    heard += 1;
    send();
  });

  sound.hidden = document.getElementById("help").hidden = false;
  tellSound();
  tellKeys();
  show();
  refreshed();
  send();
})();
