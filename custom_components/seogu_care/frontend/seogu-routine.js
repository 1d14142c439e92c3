// The resident's days as a picture: 24 hours across, days down, rooms in colour, incidents on it.
// Plain JavaScript without libraries. `seogu-routine-card` is for dashboards, `seogu-routine-panel` for the side bar.

// A question that waits for its answer must be seen soon.
const REFRESH_MS = 15_000;
const QUARTERS = 96;
const DAYS = [14, 28, 90];
// Okabe and Ito's colours, told apart with any kind of colour vision; the last ones are tints of them.
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8f7f00", "#7a5195", "#5f6b6d"];

const WORDS = {
  ko: {
    ask: "괜찮으세요?", askWhy: "답이 없으면 사람을 부릅니다.", okay: "네, 괜찮아요", help: "도와주세요", notSent: "보내지 못했습니다. 다시 눌러 주세요.",
    title: "하루하루", loading: "불러오는 중입니다.", failed: "불러오지 못했습니다. 잠시 뒤에 다시 합니다.",
    empty: "아직 배운 것이 없습니다. 센서를 고르면 오늘부터 그려집니다.",
    several: "두 분 이상 사시는 집에서는 누구의 움직임인지 알 수 없습니다. 한 분만 조용해도 알아채지 못합니다.",
    out: "외출", nothing: "빈칸: 조용함", incidents: "있었던 일", none: "이 기간에는 아무 일도 없었습니다.", span: "기간", days: "일",
    weekdays: ["일", "월", "화", "수", "목", "금", "토"], home: "집에 계실 가능성", limit: "조용할 때 여쭙기까지",
    checks: "이번 주 안부", times: "번", of: "한도", seen: "보이는 범위", hour: "시", min: "분", picture: "생활 그림",
    moved: (room, ago) => `${ago} ${room}에서 움직이셨습니다.`, left: (ago) => `${ago} 나가신 것 같습니다.`, justNow: "방금", ago: "전",
    kinds: { fall: "넘어짐", help_call: "도움 요청", inactivity: "움직임 없음", anomaly: "평소와 다름", environment: "집 안 환경", device: "기기", notice: "알림" },
    states: { suspected: "의심", checking: "안부 확인 중", raised: "알림", acknowledged: "도움이 오는 중", closed: "끝남" },
    outcomes: { answered_well: "잘 지내신다고 답하심", false_alarm: "잘못된 알림", helped: "도와드림", sent_to_hospital: "병원으로", resolved_at_home: "집에서 해결", other: "그 밖" },
  },
  en: {
    ask: "Are you all right?", askWhy: "Without an answer somebody will be called.", okay: "Yes, I am fine", help: "Please help", notSent: "It could not be sent. Please press again.",
    title: "Day by day", loading: "Loading.", failed: "It could not be loaded; trying again in a while.",
    empty: "Nothing is learned yet. Choose sensors, and the picture begins today.",
    several: "With more than one resident nobody can tell whose movements these are; one who falls silent alone is not noticed.",
    out: "Out", nothing: "Blank: quiet", incidents: "What happened", none: "Nothing happened in these days.", span: "Days shown", days: "days",
    weekdays: ["Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"], home: "Somebody at home", limit: "Asks after a silence of",
    checks: "Check-ins this week", times: "", of: "of", seen: "Home seen", hour: "h", min: "min", picture: "Picture of the days",
    moved: (room, ago) => `Last seen in ${room}, ${ago}.`, left: (ago) => `Seems to have gone out ${ago}.`, justNow: "just now", ago: "ago",
    kinds: { fall: "Fall", help_call: "Call for help", inactivity: "Inactivity", anomaly: "Out of the ordinary", environment: "Environment", device: "Device", notice: "Notice" },
    states: { suspected: "suspected", checking: "asking", raised: "raised", acknowledged: "help is coming", closed: "closed" },
    outcomes: { answered_well: "answered well", false_alarm: "false alarm", helped: "helped", sent_to_hospital: "taken to hospital", resolved_at_home: "resolved at home", other: "other" },
  },
};

const STYLE = `
  :host { display: block; color: var(--primary-text-color, #212121); }
  .card { background: var(--ha-card-background, var(--card-background-color, #fff)); border-radius: var(--ha-card-border-radius, 12px);
    border: 1px solid var(--divider-color, #e0e0e0); padding: 16px; font-size: 16px; line-height: 1.5; }
  header { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 8px; }
  h2, h3 { margin: 0; font-weight: 500; } h2 { font-size: 22px; } h3 { font-size: 18px; margin-top: 20px; }
  .spans { display: flex; gap: 8px; }
  .spans button { font: inherit; min-height: 44px; padding: 0 14px; border-radius: 22px; border: 1px solid var(--secondary-text-color, #616161);
    background: none; color: inherit; cursor: pointer; }
  .spans button[aria-pressed="true"] { background: var(--primary-text-color, #212121); color: var(--card-background-color, #fff); }
  button:focus-visible, a:focus-visible { outline: 3px solid #0072b2; outline-offset: 2px; }
  .now { margin: 12px 0 0; font-size: 20px; font-weight: 600; } .why { margin: 12px 0; } .facts { display: flex; flex-wrap: wrap; gap: 4px 24px; margin: 12px 0; padding: 0; list-style: none; }
  .facts b { font-weight: 600; }
  svg { display: block; width: 100%; height: auto; touch-action: pan-y; }
  svg text { fill: var(--primary-text-color, #212121); font-size: 12px; } svg .soft { fill: var(--secondary-text-color, #616161); }
  .legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 8px 0 0; padding: 0; list-style: none; font-size: 15px; }
  .legend i { display: inline-block; width: 14px; height: 14px; border-radius: 3px; margin-right: 6px; vertical-align: -2px; }
  ol.incidents { list-style: none; margin: 8px 0 0; padding: 0; }
  ol.incidents li { padding: 10px 0; border-top: 1px solid var(--divider-color, #e0e0e0); }
  ol.incidents .when { color: var(--secondary-text-color, #616161); font-size: 15px; }
  .badge { display: inline-block; min-width: 1.5em; text-align: center; border-radius: 1em; color: #fff; background: #b00020; font-size: 14px; padding: 0 6px; }
  .badge.notice { background: #5f6b6d; } .badge.warning { background: #9a5b00; }
  .ask { border: 3px solid #b00020; border-radius: 12px; padding: 16px; margin-bottom: 16px; }
  .ask h2 { font-size: 30px; } .ask p { margin: 4px 0 12px; font-size: 18px; }
  .ask div { display: flex; flex-wrap: wrap; gap: 12px; }
  .ask button { font: inherit; font-size: 24px; font-weight: 600; min-height: 64px; flex: 1 1 200px; border-radius: 12px; border: 0; color: #fff; cursor: pointer; }
  .ask button[data-intent="okay"] { background: #00663f; } .ask button[data-intent="help"] { background: #b00020; }
  .error { color: var(--error-color, #b00020); }
`;

const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

class SeoguRoutine extends HTMLElement {
  constructor() {
    super();
    this.attachShadow({ mode: "open" });
    this._config = {};
    this._days = matchMedia("(max-width: 600px)").matches ? 14 : 28;
    this._data = null;
    this._failed = false;
  }

  setConfig(config) {
    this._config = config || {};
    if (Number.isInteger(this._config.days)) this._days = Math.min(Math.max(this._config.days, 1), 400);
  }

  set hass(hass) {
    const first = !this._hass;
    this._hass = hass;
    if (first) this._load();
  }

  set panel(panel) {
    this.setConfig(panel?.config);
  }

  getCardSize() {
    return 12;
  }

  connectedCallback() {
    this._timer = setInterval(() => this._load(), REFRESH_MS);
    this._draw();
    this._load();
  }

  disconnectedCallback() {
    clearInterval(this._timer);
  }

  get _words() {
    return (this._hass?.language || "ko").startsWith("ko") ? WORDS.ko : WORDS.en;
  }

  get _language() {
    return this._words === WORDS.ko ? "ko" : "en";
  }

  async _load() {
    if (!this._hass || !this.isConnected) return;
    const ask = { type: "seogu_care/routine", days: this._days };
    if (this._config.entry_id) ask.entry_id = this._config.entry_id;
    try {
      this._data = await this._hass.callWS(ask);
      this._failed = false;
    } catch (error) {
      console.error("seogu_care: the routine could not be loaded", error);
      this._failed = true;
    }
    this._draw();
  }

  _draw() {
    const focused = this.shadowRoot.activeElement?.dataset?.days;
    const answering = this.shadowRoot.activeElement?.dataset?.intent;
    this.shadowRoot.innerHTML = `<style>${STYLE}</style><section class="card" lang="${this._language}">${this._content()}</section>`;
    for (const button of this.shadowRoot.querySelectorAll("button[data-days]")) {
      button.addEventListener("click", () => {
        this._days = Number(button.dataset.days);
        this._load();
      });
      if (button.dataset.days === focused) button.focus();
    }
    for (const button of this.shadowRoot.querySelectorAll("button[data-intent]")) {
      button.addEventListener("click", () => this._answer(button.dataset.intent));
      if (button.dataset.intent === answering) button.focus();
    }
  }

  async _answer(intent) {
    try {
      await this._hass.callService("seogu_care", "answer", { config_entry_id: this._data.entry_id, intent });
      this._notSent = false;
    } catch (error) {
      console.error("seogu_care: the answer could not be sent", error);
      this._notSent = true;
    }
    await this._load();
  }

  _question(data) {
    if (!data.questions?.length) return "";
    const w = this._words;
    const why = data.questions.map((each) => `<p>${escape(each.summary[this._language])}</p>`).join("");
    const failed = this._notSent ? `<p role="alert" class="error">${w.notSent}</p>` : "";
    return `<div class="ask" role="group" aria-label="${w.ask}"><h2>${w.ask}</h2>${why}<p>${w.askWhy}</p>${failed}
      <div><button type="button" data-intent="okay">${w.okay}</button><button type="button" data-intent="help">${w.help}</button></div></div>`;
  }

  _content() {
    const w = this._words;
    const data = this._data;
    if (!data) return `<p role="status" class="${this._failed ? "error" : ""}">${this._failed ? w.failed : w.loading}</p>`;
    const spans = DAYS.map(
      (days) => `<button type="button" data-days="${days}" aria-pressed="${days === this._days}">${days}${this._language === "ko" ? "" : " "}${w.days}</button>`,
    ).join("");
    const header = `<header><h2>${escape(data.household)} · ${w.title}</h2><div class="spans" role="group" aria-label="${w.span}">${spans}</div></header>`;
    const question = this._question(data);
    if (!data.days.length) return `${question}${header}<p>${w.empty}</p>`;
    const incidents = this._numbered(data);
    return `${question}${header}${this._facts(data)}${this._picture(data, incidents)}${this._legend(data)}${this._list(incidents)}${this._weekly(data)}`;
  }

  _facts(data) {
    const w = this._words;
    const facts = [];
    if (data.at_home !== null) facts.push([w.home, `${Math.round(100 * data.at_home)}%`]);
    if (data.limit !== null) facts.push([w.limit, this._span(data.limit)]);
    if (data.checks !== null) facts.push([w.checks, `${data.checks}${w.times} (${w.of} ${data.budget})`]);
    if (data.coverage !== null && data.coverage < 0.95) facts.push([w.seen, `${Math.round(100 * data.coverage)}%`]);
    const list = facts.map(([name, value]) => `<li>${name} <b>${escape(value)}</b></li>`).join("");
    const why = data.explanation ? `<p class="why">${escape(data.explanation[this._language])}</p>` : "";
    const several = data.residents > 1 ? `<p class="why">${w.several}</p>` : "";
    return `${this._now(data)}<ul class="facts">${list}</ul>${why}${several}`;
  }

  // What a family looks for first: where they were last, and how long ago.
  _now(data) {
    const { silent_min: silent, room } = data.explanation?.numbers || {};
    if (silent === undefined || !room || room === "?") return "";
    const w = this._words;
    const ago = silent < 1 ? w.justNow : `${this._span(silent)} ${w.ago}`;
    return `<p class="now">${data.at_home !== null && data.at_home < 0.3 ? w.left(ago) : w.moved(escape(room), ago)}</p>`;
  }

  _span(minutes) {
    const w = this._words;
    const [hours, rest] = [Math.floor(minutes / 60), Math.round(minutes % 60)];
    const gap = this._language === "ko" ? "" : " ";
    const long = this._language === "ko" ? "시간" : "h";
    return [hours ? `${hours}${gap}${long}` : "", rest || !hours ? `${rest}${gap}${w.min}` : ""].filter(Boolean).join(" ");
  }

  _numbered(data) {
    const shown = new Set(data.days.map((day) => day.date));
    return data.incidents.filter((each) => shown.has(each.at.slice(0, 10))).map((each, i) => ({ ...each, number: i + 1 }));
  }

  _picture(data, incidents) {
    const w = this._words;
    const narrow = matchMedia("(max-width: 600px)").matches;
    const days = [...data.days].reverse();
    const row = days.length > 40 ? 10 : 18;
    const [left, top, quarter] = [56, 20, narrow ? 3 : 8];
    const width = left + QUARTERS * quarter + 8;
    const height = top + days.length * row + 6;
    const at = new Map(days.map((day, i) => [day.date, i]));
    const parts = [];
    for (let hour = 0; hour <= 24; hour += narrow ? 6 : 3) {
      const x = left + hour * 4 * quarter;
      parts.push(`<line x1="${x}" x2="${x}" y1="${top - 4}" y2="${height - 6}" stroke="currentColor" stroke-opacity=".25"/>`);
      parts.push(`<text class="soft" x="${x}" y="12" text-anchor="${hour === 0 ? "start" : hour === 24 ? "end" : "middle"}">${hour}</text>`);
    }
    days.forEach((day, i) => {
      const y = top + i * row;
      const date = new Date(`${day.date}T12:00:00`);
      if (row > 12 || date.getDay() === 1) {
        const label = `${date.getMonth() + 1}/${date.getDate()} ${w.weekdays[date.getDay()]}`;
        parts.push(`<text x="${left - 6}" y="${y + Math.min(row, 14) - 1}" text-anchor="end">${label}</text>`);
      }
      parts.push(...this._row(day, left, y, quarter, row - 2));
    });
    const taken = [];
    for (const each of incidents) {
      const i = at.get(each.at.slice(0, 10));
      const [hour, minute] = each.at.slice(11, 16).split(":").map(Number);
      const y = top + i * row + (row - 2) / 2;
      // Two of one moment stand side by side, towards the middle of the day, so that each number can be read.
      let x = left + ((hour * 60 + minute) / 15) * quarter;
      while (taken.some((other) => Math.abs(other.x - x) < 16 && Math.abs(other.y - y) < 16)) x += hour < 12 ? 17 : -17;
      taken.push({ x, y });
      const colour = { notice: "#5f6b6d", warning: "#9a5b00" }[each.severity] || "#b00020";
      parts.push(`<g><circle cx="${x}" cy="${y}" r="8" fill="${colour}" stroke="#fff" stroke-width="1.5"/><text x="${x}" y="${y + 4}" text-anchor="middle" style="fill:#fff;font-size:11px;font-weight:700">${each.number}</text></g>`);
    }
    const name = `${w.picture}: ${days.at(-1).date} – ${days[0].date}. ${w.incidents}: ${incidents.length}`;
    return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(name)}">
      <defs><pattern id="out" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="2" height="6" fill="currentColor" fill-opacity=".35"/></pattern></defs>${parts.join("")}</svg>`;
  }

  // Neighbouring quarters that look the same become one rectangle: a quarter's nodes for months of days.
  _row(day, left, y, quarter, height) {
    const parts = [];
    let begin = 0;
    for (let i = 1; i <= QUARTERS; i += 1) {
      const same = i < QUARTERS && day.rooms[i] === day.rooms[begin] && this._strength(day.lively[i]) === this._strength(day.lively[begin]);
      if (same) continue;
      const room = day.rooms[begin];
      if (room !== ".") {
        const fill = room === "~" ? "url(#out)" : this._colour(room.charCodeAt(0) - 65);
        const opacity = room === "~" ? 1 : this._strength(day.lively[begin]);
        parts.push(`<rect x="${left + begin * quarter}" y="${y}" width="${(i - begin) * quarter}" height="${height}" fill="${fill}" fill-opacity="${opacity}"/>`);
      }
      begin = i;
    }
    return parts;
  }

  _strength(lively) {
    return lively > 5 ? 1 : lively > 1 ? 0.75 : 0.5;
  }

  _colour(i) {
    return COLOURS[Math.min(i, COLOURS.length - 1)];
  }

  _legend(data) {
    const w = this._words;
    const rooms = data.rooms.map((room, i) => `<li><i style="background:${this._colour(i)}"></i>${escape(room)}</li>`);
    const out = `<li><i style="background:repeating-linear-gradient(135deg,#8888 0 2px,transparent 2px 5px);border:1px solid #888;box-sizing:border-box"></i>${w.out}</li>`;
    const nothing = `<li><i style="border:1px solid #888;box-sizing:border-box"></i>${w.nothing}</li>`;
    return `<ul class="legend">${rooms.join("")}${out}${nothing}</ul>`;
  }

  _list(incidents) {
    const w = this._words;
    const items = incidents.map((each) => {
      const how = each.outcome ? w.outcomes[each.outcome] || each.outcome : w.states[each.state];
      const date = new Date(`${each.at.slice(0, 10)}T12:00:00`);
      const when = `${date.getMonth() + 1}/${date.getDate()} (${w.weekdays[date.getDay()]}) ${each.at.slice(11, 16)}`;
      return `<li><span class="badge ${each.severity}">${each.number}</span> <b>${w.kinds[each.kind] || escape(each.kind)}</b> · ${how}<br>
        ${each.resident ? `<b>${escape(each.resident)}</b> ` : ""}${escape(each.summary[this._language])}<div class="when">${when}</div></li>`;
    });
    return `<h3>${w.incidents}</h3>${items.length ? `<ol class="incidents">${items.join("")}</ol>` : `<p>${w.none}</p>`}`;
  }

  _weekly(data) {
    return data.weekly && Object.keys(data.weekly.numbers).length ? `<p class="why">${escape(data.weekly[this._language])}</p>` : "";
  }
}

class SeoguRoutinePanel extends SeoguRoutine {
  set narrow(narrow) {
    this._narrow = narrow;
    this._draw();
  }

  // Without Home Assistant's own button a phone would have no way back.
  _draw() {
    super._draw();
    if (!this._narrow) return;
    const menu = Object.assign(document.createElement("ha-menu-button"), { hass: this._hass, narrow: true });
    this.shadowRoot.querySelector("section").prepend(menu);
  }

  connectedCallback() {
    super.connectedCallback();
    Object.assign(this.style, { maxWidth: "960px", margin: "0 auto", padding: "8px", boxSizing: "border-box", minHeight: "100vh" });
  }
}

if (!customElements.get("seogu-routine-card")) {
  customElements.define("seogu-routine-card", SeoguRoutine);
  customElements.define("seogu-routine-panel", SeoguRoutinePanel);
  window.customCards = window.customCards || [];
  window.customCards.push({
    type: "seogu-routine-card",
    name: "서구 돌봄: 하루하루",
    description: "어르신의 하루를 그림으로 보여 줍니다. The resident's days as a picture.",
  });
}
