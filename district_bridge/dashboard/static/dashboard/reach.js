// Has this browser show pushes: the page asks the browser, the browser its maker's push service, and what that
// answers is handed to the bridge. Nothing is asked of the person before they press the button.
(() => {
  "use strict";
  const button = document.getElementById("push-on");
  const state = document.getElementById("push-state");
  if (!button || !state) return;

  function say(word, more) {
    state.textContent = state.dataset[word] + (more ? ` ${more}` : "");
    state.dataset.state = word;
    button.hidden = word === "none" || word === "denied" || word === "on";
  }

  function key(text) {
    const padded = (text + "=".repeat((4 - (text.length % 4)) % 4)).replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
  }

  async function known() {
    const registration = await navigator.serviceWorker.getRegistration(button.dataset.worker);
    return registration ? registration.pushManager.getSubscription() : null;
  }

  async function subscribe() {
    button.disabled = true;
    try {
      if ((await Notification.requestPermission()) !== "granted") { say("denied"); return; }
      await navigator.serviceWorker.register(button.dataset.worker);
      const registration = await navigator.serviceWorker.ready;
      const made = await registration.pushManager.subscribe({
        userVisibleOnly: true, applicationServerKey: key(button.dataset.key),
      });
      const answer = await fetch(button.dataset.subscribe, {
        method: "POST",
        headers: { "content-type": "application/json", "x-csrftoken": JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"] },
        body: JSON.stringify(made),
      });
      if (!answer.ok) { say("failed", (await answer.json()).error); return; }
      location.reload();
    } catch (error) {
      say("failed", error.message);
    } finally {
      button.disabled = false;
    }
  }

  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) { say("none"); return; }
  if (Notification.permission === "denied") { say("denied"); return; }
  known().then((found) => say(found ? "on" : "off"), () => say("off"));
  button.addEventListener("click", subscribe);
})();
