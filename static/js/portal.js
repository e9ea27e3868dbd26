/* What the pages do beyond HTML. Everything works without this file; nothing here is required. */
"use strict";

(function () {
  const TYPING_PAUSE = 600; // milliseconds without a key before a field is saved
  const RETRY_AFTER = 5000; // milliseconds after a failure, for the connection to come back

  // What a request that failed means to the person, where the server's answer does not say it
  const SIGNED_OUT = 'You have been signed out. <a href="">Sign in again</a>.';
  const OUT_OF_DATE = 'This page is out of date. <a href="">Reload it</a>.';
  const TOO_MANY = "There were too many requests. Wait a minute, then go on.";
  const BROKEN = "Something went wrong at our end. Wait a minute, then go on.";
  const UNREACHABLE = "The portal cannot be reached. Check your connection.";
  const NEW_TOKEN = "X-New-CSRF-Token"; // instead of one that is out of date

  /* Why a request failed, as HTML for the person. `status` is 0 where no answer came. */
  function wordsOf(status, body) {
    const isMessage = [401, 403, 409, 410].includes(status) && body && !/<html/i.test(body);
    if (isMessage) return body.trim();
    if (status === 401) return SIGNED_OUT;
    if (status === 429) return TOO_MANY;
    if (status === 0) return UNREACHABLE;
    return status >= 500 ? BROKEN : OUT_OF_DATE;
  }

  /* Signing in again gives new CSRF tokens: the forms of this page go on with theirs. */
  function renewTokens(token) {
    document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((input) => {
      input.value = token;
    });
  }

  /* The tab is looked at again: somebody may have signed in in another one meanwhile. */
  function onReturnToTab(act) {
    window.addEventListener("focus", act);
    document.addEventListener("visibilitychange", () => document.hidden || act());
  }

  function focusErrorSummary() {
    const summary = document.querySelector("[data-came-back], .error-summary");
    if (summary) summary.focus();
  }

  /* How this page was reached: "navigate", "reload" or "back_forward". A tab that the browser has
     restored says one of the last two. */
  function wayHere() {
    const [entry] = performance.getEntriesByType("navigation");
    return entry ? entry.type : "navigate";
  }

  const person = document.querySelector("meta[name=person]")?.content; // "" or none: signed out

  /* What was typed and the server may not have got yet: kept for this tab and this person until it
     has, so that a page which is loaded again shows it. Saving while a page is being left cannot do
     that: a reload is answered before the old page learns that it ends. Sign-out empties it. */
  const unsaved = {
    read(key) {
      try {
        return JSON.parse(sessionStorage.getItem(`unsaved ${key}`));
      } catch {
        return null; // the browser keeps nothing
      }
    },
    write(key, kept) {
      try {
        if (kept) sessionStorage.setItem(`unsaved ${key}`, JSON.stringify(kept));
        else sessionStorage.removeItem(`unsaved ${key}`);
      } catch {
        // Full, or the browser keeps nothing: then a reload shows what was saved last.
      }
    },
    clear() {
      try {
        sessionStorage.clear();
      } catch {
        // There is nothing to clear.
      }
    },
    /* Somebody else has signed in, in the same tab: it is none of their business. */
    belongsTo(owner) {
      if (!owner || this.read("person") === owner) return;
      this.clear();
      this.write("person", owner);
    },
    /* A page that was navigated to is the answer to what was submitted, or comes after it. Where
       none arrived, or one that refuses, the page that returns by Back still finds what was typed. */
    forgetSubmitted() {
      if (wayHere() !== "navigate" || document.querySelector("meta[name=refused]")) return;
      try {
        Object.keys(sessionStorage)
          .filter((key) => key.startsWith("unsaved "))
          .map((key) => key.slice("unsaved ".length))
          .filter((key) => this.read(key)?.submitted)
          .forEach((key) => this.write(key, null));
      } catch {
        // There is nothing to forget.
      }
    },
  };

  /* A page of a signed-in person never comes out of the back/forward cache as it was left: that
     person may have signed out since, its sums may be old, and WebKit and Firefox each restore
     only a part of it. It is loaded anew, and hidden until then. */
  function loadAnewOnReturn() {
    if (!person) return;
    window.addEventListener("pagehide", (event) => {
      if (event.persisted) document.documentElement.hidden = true;
    });
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) location.reload();
    });
  }

  /* Signing out leaves nothing of what was typed behind in the browser. */
  function forgetOnSignOut(autosaves) {
    document.querySelectorAll("form[data-sign-out]").forEach((form) =>
      form.addEventListener("submit", () => {
        autosaves.forEach((autosave) => autosave.flush());
        unsaved.clear();
      }),
    );
  }

  /* A page that answers a POST would come back as an error, "Document expired", or be sent again.
     The same address asked for by GET draws the same form: let the history hold that. */
  function comeBackByGet() {
    history.replaceState(history.state, "", location.href);
  }

  function isTicked(field) {
    return field.type === "checkbox" || field.type === "radio";
  }

  function isAsDrawn(field) {
    if (isTicked(field)) return field.checked === field.defaultChecked;
    if (!field.options) return field.value === field.defaultValue;
    return [...field.options].every((option) => option.selected === option.defaultSelected);
  }

  /* What the browser restores by itself may be older than what the page has just been drawn from,
     or was sent long ago; and each browser restores other fields. What counts is remembered here. */
  function undoRestoring(form) {
    if (wayHere() !== "navigate" && unsaved.read("person") === person) form.reset();
  }

  /* Put a value into the field of that name, if the form has one: return whether it has. */
  function fill(form, name, value) {
    const fields = [...form.elements].filter((field) => field.name === name);
    for (const field of fields) {
      if (isTicked(field)) field.checked = field.value === value;
      else field.value = value;
    }
    return fields.length > 0;
  }

  /* Autosave: <form data-autosave-url="…"> sends the one field that changed. Requests of a form go
     one after the other, so that an older value never arrives after a newer one; while one is under
     way, only the latest value of each field waits. */
  class Autosave {
    constructor(form) {
      this.form = form;
      this.key = form.dataset.autosaveUrl.split("?")[0]; // the draft's own address
      this.status = document.querySelector("[data-autosave-status]");
      this.waiting = new Map(); // field name → the value to send
      this.pauses = new Map(); // field → the timer of its typing pause
      this.underway = null; // the name of the field that is being sent
      this.sent = new Map(); // field name → the value last queued
      this.saved = new Map(); // field name → the value that the server has
      const touched = form.querySelector("input[name=touched]")?.value || "";
      this.touched = new Set(touched.split(" ").filter(Boolean)); // names of fields that were typed in
      this.isSignedOut = false;
      this.abort = new AbortController();
      this.stopped = false;
      form.addEventListener("input", (event) => this.typed(event.target));
      form.addEventListener("change", (event) => this.changed(event.target));
      form.addEventListener("submit", (event) => event.defaultPrevented || this.submitted());
      window.addEventListener("online", () => this.next());
      onReturnToTab(() => {
        if (!this.isSignedOut) return;
        this.isSignedOut = false;
        this.next();
      });
      document.addEventListener("visibilitychange", () => document.hidden && this.hurry());
      window.addEventListener("pagehide", () => this.flush());
      // By then the browser has put back what it restores by itself.
      window.addEventListener("pageshow", (event) => event.persisted || this.takeUp());
    }

    /* Go on where this tab stopped typing in this draft, on whichever of its pages. */
    takeUp() {
      const kept = unsaved.read(this.key) || {};
      undoRestoring(this.form);
      // What differs still was typed before this script was there.
      for (const field of this.form.elements) {
        if (!this.saves(field) || isAsDrawn(field)) continue;
        this.typed(field);
        this.changed(field);
      }
      const values = Object.entries(kept.values || {});
      for (const [name, value] of values) {
        if (fill(this.form, name, value)) this.touch(name);
        this.queue(name, value);
      }
      // The sums and warnings on the page are those of what was saved.
      if (values.length) this.form.dispatchEvent(new Event("change"));
    }

    typed(field) {
      if (!this.saves(field)) return;
      this.touch(field.name);
      this.remember(field.name, this.valueOf(field));
      if (field.matches("select, [type=checkbox], [type=radio]")) return;
      clearTimeout(this.pauses.get(field));
      this.pauses.set(
        field,
        setTimeout(() => this.changed(field), TYPING_PAUSE),
      );
    }

    changed(field) {
      if (!this.saves(field)) return;
      clearTimeout(this.pauses.get(field));
      this.pauses.delete(field);
      const value = this.valueOf(field);
      if (isTicked(field) || this.sent.get(field.name) !== value) this.queue(field.name, value);
      else if (this.saved.get(field.name) === value) this.forget(field.name, value);
    }

    queue(name, value) {
      this.remember(name, value);
      this.sent.set(name, value);
      this.waiting.set(name, value);
      this.next();
    }

    saves(field) {
      if (this.stopped || field.form !== this.form || !field.name) return false;
      if (field.type === "radio" && !field.checked) return false;
      if (field.dataset.autosave === "never") return false;
      return field.type !== "hidden" && field.type !== "submit";
    }

    valueOf(field) {
      return field.type === "checkbox" && !field.checked ? "" : field.value;
    }

    /* The form says with which fields the person has dealt: in those a blank is meant. */
    touch(name) {
      this.touched.add(name);
      let told = this.form.querySelector("input[name=touched]");
      if (!told) {
        told = document.createElement("input");
        told.type = "hidden";
        told.name = "touched";
        this.form.append(told);
      }
      told.value = [...this.touched].join(" ");
    }

    remember(name, value) {
      const { values } = unsaved.read(this.key) || { values: {} };
      unsaved.write(this.key, { values: { ...values, [name]: value } });
    }

    /* The server has this value: it is forgotten, unless another one was typed meanwhile. */
    forget(name, value) {
      if (this.underway === name || this.waiting.has(name)) return;
      const { values } = unsaved.read(this.key) || { values: {} };
      if (values[name] !== value) return;
      delete values[name];
      unsaved.write(this.key, Object.keys(values).length ? { values } : null);
    }

    async next() {
      if (this.underway !== null || this.waiting.size === 0 || this.isSignedOut) return;
      const [name, value] = this.waiting.entries().next().value;
      this.waiting.delete(name);
      this.underway = name;
      this.say("saving", "Saving…");
      const response = await this.send(name, value);
      const body = response && !response.ok ? await response.text().catch(() => null) : "";
      this.underway = null;
      if (this.stopped) return;
      this.isSignedOut = response?.status === 401 || response?.type === "opaqueredirect";
      if (response?.ok) {
        this.saved.set(name, value);
        this.forget(name, value);
        if (this.waiting.size === 0) this.say("saved", "Saved");
        this.next();
      } else if (response?.status === 400) {
        this.say("failed", "Not saved: this is too long");
        this.next();
      } else {
        if (!this.waiting.has(name)) this.waiting.set(name, value);
        this.failed(response, body);
      }
    }

    /* Nothing was saved: go on with a new token at once, after a while, after signing in, or never.
       `body` is null where the answer was cut off on its way. */
    failed(response, body) {
      const status = this.isSignedOut ? 401 : body === null ? 0 : response?.status || 0;
      const token = response?.headers.get(NEW_TOKEN);
      if (token) {
        renewTokens(token);
        this.next();
        return;
      }
      if ([409, 410].includes(status)) unsaved.write(this.key, null);
      if ([403, 404, 409, 410].includes(status)) this.stop();
      const words = wordsOf(status, body);
      if ([409, 410].includes(status)) this.say("failed", words);
      else this.say("failed", status === 0 ? "Not saved – check your connection" : `Not saved. ${words}`);
      if (!this.stopped && !this.isSignedOut) setTimeout(() => this.next(), RETRY_AFTER);
    }

    async send(name, value) {
      const hidden = (field) => this.form.querySelector(`input[name=${field}]`)?.value || "";
      const headers = {
        "X-CSRFToken": hidden("csrfmiddlewaretoken"),
        "X-Form-Owner": hidden("form_owner"),
        "X-Requested-With": "XMLHttpRequest",
      };
      try {
        return await fetch(this.form.dataset.autosaveUrl, {
          method: "POST",
          body: new URLSearchParams([[name, value]]),
          headers,
          credentials: "same-origin",
          keepalive: true,
          redirect: "manual", // whatever it leads to, nothing is saved there
          signal: this.abort.signal,
        });
      } catch {
        return null;
      }
    }

    /* The tab may not come back: what is still being typed is sent without the pause. */
    hurry() {
      [...this.pauses.keys()].forEach((field) => this.changed(field));
    }

    /* Leaving the page: what waits goes out at once. It stays remembered, as there is nobody left
       to hear whether it has arrived. */
    flush() {
      this.hurry();
      for (const [name, value] of this.waiting) this.send(name, value);
      this.waiting.clear();
    }

    /* Submitting: the form itself carries every value, and nothing older may follow it. The page
       that answers forgets what was remembered; if none does, Back shows it again. */
    submitted() {
      const kept = unsaved.read(this.key);
      if (kept) unsaved.write(this.key, { ...kept, submitted: true });
      this.stop();
    }

    stop() {
      this.stopped = true;
      this.abort.abort();
      this.pauses.forEach(clearTimeout);
      this.pauses.clear();
      this.waiting.clear();
    }

    say(state, words) {
      if (!this.status) return;
      this.status.dataset.state = state;
      this.status.innerHTML = words;
    }
  }

  /* <form data-keep>: what is typed into a form that is not saved before it is sent comes back with
     its page, too. Passwords and files are never kept.

     `data-keep="posted"` says that the page answers a POST and shows all that was typed;
     `data-keep="returning"`, that the address may also be opened for something else (other rows
     were chosen, a link holds other values): it is filled in only where this very page comes back.
     `data-redraw="name=value"` is what to post so that the server draws the form as typed, where
     its fields come and go; otherwise the fields that were changed are filled in. The others stay
     as the server has them now: a colleague may have changed them meanwhile. */
  class KeptInput {
    constructor(form, place) {
      this.form = form;
      this.place = `${form.className} ${place}`;
      this.isPosted = form.dataset.keep === "posted" || form.querySelector(".errornote") !== null;
      const kept = unsaved.read(this.key);
      this.changed = new Set(); // names of the fields that were typed in
      if (kept && this.isPosted) {
        // The form is here again, so what was submitted is not done with.
        this.changed = new Set(kept.changed);
        this.keep();
      } else if (this.isPosted && document.querySelector("[data-came-back]")) {
        // It has come back after signing in again, which has made this tab forget it.
        this.changed = new Set(this.fields().map((field) => field.name));
        this.keep();
      }
      form.addEventListener("input", (event) => this.typedIn(event.target));
      form.addEventListener("change", (event) => this.typedIn(event.target));
      form.addEventListener("submit", (event) => event.defaultPrevented || this.submitted());
      window.addEventListener("pageshow", (event) => event.persisted || this.comeBack());
    }

    get key() {
      return `${location.pathname}${location.search} ${this.place}`; // htmx may change the address
    }

    fields() {
      const left = "[type=hidden], [type=password], [type=file], [type=submit], button, fieldset";
      return [...this.form.elements].filter((field) => field.name && !field.matches(left));
    }

    typed() {
      return this.fields()
        .filter((field) => !isTicked(field) || field.checked)
        .flatMap((field) =>
          field.multiple
            ? [...field.selectedOptions].map((option) => [field.name, option.value])
            : [[field.name, field.value]],
        );
    }

    typedIn(field) {
      if (!this.fields().includes(field)) return;
      this.changed.add(field.name);
      this.keep();
    }

    keep() {
      const names = [...new Set(this.fields().map((field) => field.name))];
      unsaved.write(this.key, { names, changed: [...this.changed], typed: this.typed() });
    }

    submitted() {
      const kept = unsaved.read(this.key);
      if (kept || this.form.dataset.redraw) {
        this.keep();
        unsaved.write(this.key, { ...unsaved.read(this.key), submitted: true });
      }
    }

    async comeBack() {
      if (this.isPosted) return;
      const kept = unsaved.read(this.key);
      if (kept && this.form.dataset.keep === "returning" && wayHere() === "navigate") {
        unsaved.write(this.key, null); // for something else
      } else {
        undoRestoring(this.form);
        if (kept) await this.show(kept);
      }
    }

    async show({ names, changed, typed }) {
      this.changed = new Set(changed);
      const there = new Set(this.fields().map((field) => field.name));
      const isOther = names.length !== there.size || names.some((name) => !there.has(name));
      if (isOther && this.form.dataset.redraw) await this.redraw(typed);
      for (const field of this.fields()) {
        if (!this.form.dataset.redraw && !this.changed.has(field.name)) continue;
        const values = typed.filter(([name]) => name === field.name).map(([, value]) => value);
        if (isTicked(field)) field.checked = values.includes(field.value);
        else if (field.multiple)
          [...field.options].forEach((option) => (option.selected = values.includes(option.value)));
        else if (values.length) field.value = values[0];
      }
      this.form.dispatchEvent(new Event("change"));
    }

    async redraw(typed) {
      const hidden = [...new FormData(this.form)].filter(([name]) =>
        [...this.form.elements].some((field) => field.name === name && field.type === "hidden"),
      );
      const asked = new URLSearchParams(this.form.dataset.redraw);
      const response = await fetch(location.href, {
        method: "POST",
        body: new URLSearchParams([...hidden, ...typed, ...asked]),
        headers: { "X-Requested-With": "XMLHttpRequest" },
        redirect: "manual",
      }).catch(() => null);
      if (!response || !response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const drawn = page.querySelector("form[data-redraw]");
      if (!drawn) return;
      this.form.replaceChildren(...drawn.childNodes);
      if (window.htmx) window.htmx.process(this.form);
    }
  }

  /* A form that htmx answers by GET, the calculator: the browser may bring back its fields without
     the sums that go with them. */
  function refreshSumsOnReturn(form) {
    window.addEventListener("pageshow", () => {
      if (![...form.elements].every((field) => !field.name || isAsDrawn(field)))
        form.dispatchEvent(new Event("change"));
    });
  }

  /* <textarea data-limit="2000">: says below it how many characters are left once there are few, and
     how many are too many. Nothing is cut off, which `maxlength` would do without a word. */
  function countCharacters() {
    const countAll = () => document.querySelectorAll("[data-limit]").forEach(count);
    document.addEventListener("input", (event) => event.target.dataset.limit && count(event.target));
    document.addEventListener("change", countAll); // a form says so where it was filled in
    window.addEventListener("pageshow", countAll);
  }

  function count(field) {
    const limit = Number(field.dataset.limit);
    const left = limit - [...field.value].length; // code points, as the server counts
    const isThere = field.nextElementSibling?.matches(".counter");
    if (!isThere && left > limit / 10) return;
    if (!isThere) {
      const counter = document.createElement("p");
      counter.className = "counter";
      counter.setAttribute("role", "status");
      field.after(counter);
    }
    const number = Math.abs(left).toLocaleString("en-US");
    const noun = Math.abs(left) === 1 ? "character" : "characters";
    const counter = field.nextElementSibling;
    counter.hidden = left > limit / 10;
    counter.classList.toggle("counter-over", left < 0);
    counter.textContent = `${number} ${noun} ${left < 0 ? "too many" : "left"}`;
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

  /* An answer to htmx that is not what was asked for replaces nothing: what went wrong is said above
     the part of the page that stays as it is, until a later answer replaces that. */
  function sayWhatFailed() {
    const notes = new Map(); // the element that asks → its note

    function say(asking, target, words) {
      const note = notes.get(asking) || document.createElement("div");
      note.className = "warning-text";
      note.setAttribute("role", "alert");
      note.innerHTML = `<p>${words}</p>`;
      if (!note.isConnected) target.before(note);
      notes.set(asking, note);
    }

    function askAgain(asking) {
      if (asking.matches('[hx-trigger^="change"]')) asking.dispatchEvent(new Event("change"));
    }

    document.addEventListener("htmx:beforeSwap", (event) => {
      const { xhr, target, requestConfig, pathInfo } = event.detail;
      if (xhr.status < 200 || xhr.status >= 300) return; // htmx leaves the page as it is
      const asked = new URL(pathInfo.finalRequestPath || pathInfo.requestPath, location.href);
      const isElsewhere = xhr.responseURL && new URL(xhr.responseURL).pathname !== asked.pathname;
      const asker = requestConfig.elt;
      const wanted = xhr.getResponseHeader("HX-Reselect") || asker.getAttribute("hx-select");
      const [, id] = (wanted || asker.getAttribute("hx-target") || "").match(/^#([\w-]+)$/) || [];
      const isMissing = id && !xhr.responseText.includes(`id="${id}"`);
      if (isElsewhere || isMissing) {
        event.preventDefault();
        say(asker, target, OUT_OF_DATE);
      } else {
        notes.get(asker)?.remove();
        notes.delete(asker);
      }
    });
    document.addEventListener("htmx:responseError", (event) => {
      const { xhr, target, requestConfig } = event.detail;
      const token = xhr.getResponseHeader(NEW_TOKEN);
      if (token) {
        renewTokens(token);
        askAgain(requestConfig.elt);
        return;
      }
      const isSaid = xhr.status === 401 && requestConfig.elt.matches(AUTOSAVED); // by the autosave
      if (!isSaid) say(requestConfig.elt, target, wordsOf(xhr.status, xhr.responseText));
    });
    for (const failure of ["htmx:sendError", "htmx:timeout"])
      document.addEventListener(failure, (event) =>
        say(event.detail.requestConfig.elt, event.detail.target, UNREACHABLE),
      );
    onReturnToTab(() => [...notes.keys()].forEach(askAgain));
    window.addEventListener("online", () => [...notes.keys()].forEach(askAgain));
  }

  function buttons(form) {
    return [...form.elements].filter((element) => element.type === "submit");
  }

  const AUTOSAVED = "form[data-autosave-url]";
  const KEPT = "form[data-keep], .change-form form[id$=_form]"; // the latter are Django's own

  focusErrorSummary();
  unsaved.belongsTo(person);
  loadAnewOnReturn();
  if (document.querySelector(`${AUTOSAVED}, .change-form form[id$=_form], [data-keep]:not([data-keep=returning])`)) comeBackByGet();
  const autosaves = [...document.querySelectorAll(AUTOSAVED)].map((form) => new Autosave(form));
  document.querySelectorAll(KEPT).forEach((form, place) => new KeptInput(form, place));
  unsaved.forgetSubmitted();
  document.querySelectorAll("form[method=get][hx-trigger^=change]").forEach(refreshSumsOnReturn);
  forgetOnSignOut(autosaves);
  document.querySelectorAll("[data-copy]").forEach(offerCopying);
  countCharacters();
  guardAgainstDoubleSubmission();
  holdStillWhilePressed();
  sayWhatFailed();
})();
