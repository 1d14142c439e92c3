// Keeps an open page fresh: listens for news, asks htmx to fetch what this person may see, and says plainly
// when the bridge can't be heard. The content never travels in the news itself.
(() => {
  "use strict";
  const SILENCE_MS = 12000; // the bridge pings every 5 s
  const RETRY_MS = [500, 1000, 2000, 4000, 8000];
  const REFRESH_MS = 30000; // in case news was lost on the way
  const TITLE_MS = 1000;

  const body = document.body;
  const state = document.getElementById("link-state");
  const cutOff = document.getElementById("cut-off");
  let source = null;
  let heard = 0;
  let failures = 0;

  function show(online) {
    state.dataset.state = online ? "online" : "offline";
    state.textContent = online ? state.dataset.online : state.dataset.offline;
    cutOff.hidden = online;
  }

  // A form that is on its way leads to another page: nothing may reload this one under it.
  let leaving = false;
  document.addEventListener("submit", () => { leaving = true; setTimeout(() => { leaving = false; }, 15000); });

  function refresh() {
    if (leaving) return;
    body.dispatchEvent(new CustomEvent("seogu:changed"));
  }

  function connect() {
    source = new EventSource(body.dataset.live);
    heard = Date.now();
    const alive = () => { heard = Date.now(); failures = 0; show(true); };
    source.addEventListener("changed", () => { alive(); refresh(); });
    source.addEventListener("ping", alive);
    source.onerror = lost;
  }

  function lost() {
    if (source === null) return;
    source.close();
    source = null;
    const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
    failures += 1;
    // The stream is renewed now and then: only a second failure is worth a word.
    if (failures > 1) show(false);
    setTimeout(connect, failures === 1 ? 100 : wait);
  }

  setInterval(() => { if (source && Date.now() - heard > SILENCE_MS) { failures += 1; lost(); } }, 1000);
  setInterval(refresh, REFRESH_MS);
  window.addEventListener("pagehide", () => { if (source) { source.close(); source = null; } });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // A session that has ended answers with the log-in page: show it whole.
  body.addEventListener("htmx:beforeSwap", (event) => {
    const address = event.detail.xhr.responseURL || "";
    if (new URL(address, location.href).pathname.startsWith("/login/")) {
      event.detail.shouldSwap = false;
      location.reload();
    }
  });

  // Clocks count on between two fetches.
  function two(number) { return String(number).padStart(2, "0"); }
  function clock(seconds) {
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${two(minutes)}:${two(seconds % 60)}`;
  }
  function tick() {
    for (const element of document.querySelectorAll("[data-since], [data-until]")) {
      const sign = element.dataset.since ? 1 : -1;
      const from = Date.parse(element.dataset.since || element.dataset.until);
      const seconds = Math.max(0, Math.floor((sign * (Date.now() - from)) / 1000));
      if (seconds < 86400) element.textContent = clock(seconds);
    }
  }
  setInterval(tick, 1000);

  // A new emergency: the title flashes until somebody looks, and a tone sounds where the person wants it.
  const quietTitle = document.title;
  let known = null;
  let flashing = null;
  function stopFlashing() { clearInterval(flashing); flashing = null; document.title = quietTitle; }
  function flash(word) {
    if (flashing) return;
    let on = false;
    flashing = setInterval(() => { on = !on; document.title = on ? `● ${word}` : quietTitle; }, TITLE_MS);
  }
  function tone() {
    const audio = new AudioContext();
    for (const [at, hertz] of [[0, 880], [0.25, 660], [0.5, 880]]) {
      const oscillator = audio.createOscillator();
      const volume = audio.createGain();
      oscillator.frequency.value = hertz;
      volume.gain.setValueAtTime(0.2, audio.currentTime + at);
      volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + at + 0.22);
      oscillator.connect(volume).connect(audio.destination);
      oscillator.start(audio.currentTime + at);
      oscillator.stop(audio.currentTime + at + 0.24);
    }
    setTimeout(() => audio.close(), 1500);
  }
  const sound = document.getElementById("sound");
  function wantsSound() { return localStorage.getItem("seogu-sound") === "on"; }
  function showSound() {
    if (!sound) return;
    sound.setAttribute("aria-pressed", String(wantsSound()));
    sound.textContent = wantsSound() ? sound.dataset.on : sound.dataset.off;
  }
  if (sound) sound.addEventListener("click", () => {
    localStorage.setItem("seogu-sound", wantsSound() ? "off" : "on");
    showSound();
    if (wantsSound()) tone();
  });
  function lookForEmergencies() {
    const rows = document.getElementById("queue-rows");
    if (!rows) return;
    const now = new Set(rows.dataset.emergencies.split(" ").filter(Boolean));
    const isNew = known !== null && [...now].some((incident) => !known.has(incident));
    known = now;
    if (now.size === 0) stopFlashing();
    if (!isNew) return;
    flash(rows.dataset.newEmergency);
    if (wantsSound()) tone();
  }
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, stopFlashing);

  // An alert's page: the timeline is fetched anew; what one can do is shown anew only when nobody is at work in it.
  // Only that part is exchanged: a page that loads itself again would overtake the link its reader has just followed.
  function isInUse(part) {
    return [...part.querySelectorAll("textarea, input:not([type=hidden])")].some((field) => field.value !== field.defaultValue)
      || [...part.querySelectorAll("select")].some((field) =>
        field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected)))
      || part.querySelector("details[open]") !== null;
  }
  function lookForChange() {
    const page = document.querySelector(".columns[data-alert-version]");
    const story = document.querySelector("#story [data-alert-version]");
    if (leaving || !page || !story || page.dataset.alertVersion === story.dataset.alertVersion) return;
    if (isInUse(page)) document.getElementById("state-changed").hidden = false;
    else htmx.ajax("GET", location.href, { target: page, select: ".columns", swap: "outerHTML" });
  }
  // Nor may an answer that comes late wipe out what was begun meanwhile.
  body.addEventListener("htmx:beforeSwap", (event) => {
    const part = event.detail.target;
    if (part.matches(".columns") && (leaving || isInUse(part))) event.detail.shouldSwap = false;
  });

  // What came back into the queue is told to everyone, once, also to those who only listen.
  const toldBack = new Set();
  function tellWhatCameBack() {
    const told = document.getElementById("told");
    if (!told) return;
    const fresh = [...document.querySelectorAll("[data-back]")].filter((row) => !toldBack.has(row.dataset.back));
    for (const row of fresh) toldBack.add(row.dataset.back);
    if (fresh.length) told.textContent = fresh.map((row) => row.textContent.trim()).join(" ");
  }

  // What can be taken back can be for a few seconds; the page's button goes when the time is over.
  function endUndo() {
    for (const form of document.querySelectorAll("[data-undo-until]")) {
      const left = Math.ceil((Date.parse(form.dataset.undoUntil) - Date.now()) / 1000);
      form.hidden = left <= 0;
    }
  }
  setInterval(endUndo, 500);

  const print = document.getElementById("print");
  if (print) print.addEventListener("click", () => window.print());

  body.addEventListener("htmx:afterSettle", () => { tick(); lookForEmergencies(); lookForChange(); tellWhatCameBack(); });
  showSound();
  lookForEmergencies();
  tellWhatCameBack();
  endUndo();
  tick();
  connect();
})();
