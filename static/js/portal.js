/* What the pages do beyond HTML. Everything works without this file; nothing here is required. */
"use strict";

(function () {
  const TYPING_PAUSE = 600; // milliseconds without a key before a field is saved
  const RETRY_AFTER = 5000; // milliseconds after a failure, for the connection to come back

  // Why nothing more can be saved, where the server has not said it itself
  const SIGNED_OUT = 'Not saved: you have been signed out. <a href="">Sign in again</a>';
  const OUT_OF_DATE = 'Not saved: this page is out of date. <a href="">Load it again</a>';

  function focusErrorSummary() {
    const summary = document.querySelector(".error-summary");
    if (summary) summary.focus();
  }

  /* Autosave: <form data-autosave-url="…"> sends the one field that changed. Requests of a form go
     one after the other, so that an older value never arrives after a newer one; while one is under
     way, only the latest value of each field waits. */
  class Autosave {
    constructor(form) {
      this.form = form;
      this.status = document.querySelector("[data-autosave-status]");
      this.waiting = new Map(); // field name → the value to send
      this.timers = new Map(); // field name → the timer of its typing pause
      this.sending = false;
      this.sent = new Map(); // field name → the value last queued
      this.start();
      form.addEventListener("input", (event) => this.typed(event.target));
      form.addEventListener("change", (event) => this.queue(event.target));
      form.addEventListener("submit", (event) => event.defaultPrevented || this.stop());
      window.addEventListener("online", () => this.next());
      window.addEventListener("pagehide", () => this.flush());
      // The back button may bring the page back as it was left.
      window.addEventListener("pageshow", (event) => event.persisted && this.start());
    }

    start() {
      this.abort = new AbortController();
      this.stopped = false;
    }

    typed(field) {
      if (!this.saves(field) || field.matches("select, [type=checkbox], [type=radio]")) return;
      clearTimeout(this.timers.get(field.name));
      this.timers.set(field.name, setTimeout(() => this.queue(field), TYPING_PAUSE));
    }

    queue(field) {
      if (!this.saves(field)) return;
      clearTimeout(this.timers.get(field.name));
      this.timers.delete(field.name);
      if (field.type === "radio" && !field.checked) return;
      const value = field.type === "checkbox" && !field.checked ? "" : field.value;
      if (field.type !== "checkbox" && this.sent.get(field.name) === value) return;
      this.sent.set(field.name, value);
      this.waiting.set(field.name, value);
      this.next();
    }

    saves(field) {
      return !this.stopped && Boolean(field.name) && field.type !== "hidden" && field.type !== "submit";
    }

    async next() {
      if (this.sending || this.waiting.size === 0) return;
      const [name, value] = this.waiting.entries().next().value;
      this.waiting.delete(name);
      this.sending = true;
      this.say("saving", "Saving…");
      const response = await this.send(name, value);
      const refusal = await this.refusalIn(response);
      this.sending = false;
      if (this.stopped) return;
      if (refusal) {
        this.stop();
        this.say("failed", refusal);
      } else if (response && response.status === 400) {
        this.say("failed", "Not saved: this is too long");
        this.next();
      } else if (response && response.ok) {
        if (this.waiting.size === 0) this.say("saved", "Saved");
        this.next();
      } else {
        if (!this.waiting.has(name)) this.waiting.set(name, value);
        this.say("failed", "Not saved – check your connection");
        setTimeout(() => this.next(), RETRY_AFTER);
      }
    }

    /* Why trying again is no use, as HTML: sent or discarded meanwhile, or signed out. */
    async refusalIn(response) {
      if (!response) return "";
      if (response.type === "opaqueredirect") return SIGNED_OUT;
      if (response.status === 403) return OUT_OF_DATE;
      if (![409, 410].includes(response.status)) return "";
      return response.text().catch(() => ""); // cut off on its way: then it is tried again
    }

    async send(name, value) {
      const token = this.form.querySelector("[name=csrfmiddlewaretoken]");
      try {
        return await fetch(this.form.dataset.autosaveUrl, {
          method: "POST",
          body: new URLSearchParams([[name, value]]),
          headers: { "X-CSRFToken": token ? token.value : "", "X-Requested-With": "XMLHttpRequest" },
          credentials: "same-origin",
          keepalive: true,
          redirect: "manual", // a redirect means signed out: that saves nothing
          signal: this.abort.signal,
        });
      } catch {
        return null;
      }
    }

    /* Leaving the page: what is still typed or waiting goes out at once. */
    flush() {
      for (const name of [...this.timers.keys()]) {
        const field = this.form.elements.namedItem(name);
        if (field instanceof Element) this.queue(field);
      }
      for (const [name, value] of this.waiting) this.send(name, value);
      this.waiting.clear();
    }

    /* Submitting: the form itself carries every value, and nothing older may follow it. */
    stop() {
      this.stopped = true;
      this.abort.abort();
      this.timers.forEach(clearTimeout);
      this.timers.clear();
      this.waiting.clear();
    }

    say(state, words) {
      if (!this.status) return;
      this.status.dataset.state = state;
      this.status.innerHTML = words;
    }
  }

  /* <button data-copy="text" hidden>: shown, and copies the text, where the browser can. */
  function offerCopying(button) {
    if (!navigator.clipboard) return;
    button.hidden = false;
    const label = button.textContent;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = label), 2000);
    });
  }

  /* A second click on a form that is on its way does nothing. The server makes sure of it, too. */
  function guardAgainstDoubleSubmission() {
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (event.defaultPrevented || form.method !== "post") return;
      // A file as the answer leaves the page as it is, to be pressed again.
      if ("repeatable" in form.dataset) return;
      if (form.dataset.submitted) {
        event.preventDefault();
        return;
      }
      form.dataset.submitted = "true";
      // A preview on its way could still lead elsewhere, and take the answer's message along.
      form.dispatchEvent(new CustomEvent("htmx:abort", { bubbles: true, detail: {} }));
      buttons(form).forEach((button) => button.setAttribute("aria-disabled", "true"));
    });
    document.addEventListener("htmx:beforeRequest", (event) => {
      if (event.target.dataset.submitted) event.preventDefault();
    });
    // The back button may bring the page back as it was left.
    window.addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      document.querySelectorAll("form[data-submitted]").forEach((form) => {
        delete form.dataset.submitted;
        buttons(form).forEach((button) => button.removeAttribute("aria-disabled"));
      });
    });
  }

  /* A preview that arrives between press and release would move the button away, and the browser
     clicks only what both were on: it waits for the release, and is then asked for anew. */
  function holdStillWhilePressed() {
    let pressed = null;
    let withheld = null;
    document.addEventListener("pointerdown", (event) => {
      pressed = event.button === 0 ? event.target.closest("button, label") : null;
    });
    document.addEventListener("htmx:beforeSwap", (event) => {
      const form = event.detail.requestConfig.elt;
      const isPreview = form.matches('[hx-trigger^="change"]');
      if (!isPreview || !form.contains(pressed)) return;
      event.preventDefault();
      withheld = form;
    });
    const released = () => {
      const form = withheld;
      pressed = withheld = null;
      if (form) setTimeout(() => form.dispatchEvent(new Event("change"))); // after the click
    };
    document.addEventListener("pointerup", released);
    document.addEventListener("pointercancel", released);
  }

  function buttons(form) {
    return [...form.elements].filter((element) => element.type === "submit");
  }

  focusErrorSummary();
  document.querySelectorAll("form[data-autosave-url]").forEach((form) => new Autosave(form));
  document.querySelectorAll("[data-copy]").forEach(offerCopying);
  guardAgainstDoubleSubmission();
  holdStillWhilePressed();
})();
