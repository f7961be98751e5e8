// Passkeys: what to ask the authenticator for comes from the server, and its answer goes back in the form.
"use strict";
{
  const fromText = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), letter => letter.charCodeAt(0));
  const toText = bytes => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  // older browsers have no parseCreationOptionsFromJSON and toJSON, so both are done by hand
  const asked = options => {
    const request = { ...options, challenge: fromText(options.challenge) };
    if (options.user) request.user = { ...options.user, id: fromText(options.user.id) };
    for (const list of ["excludeCredentials", "allowCredentials"]) {
      if (options[list]) request[list] = options[list].map(one => ({ ...one, id: fromText(one.id) }));
    }
    return request;
  };
  const answered = credential => {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[part]) response[part] = toText(credential.response[part]);
    }
    const id = toText(credential.rawId);
    return JSON.stringify({ id, rawId: id, type: credential.type, clientExtensionResults: credential.getClientExtensionResults(), response });
  };
  const send = async (form, say) => {
    const present = form.elements.present;
    const begun = await fetch(form.dataset.passkey, { method: "POST", body: new URLSearchParams({ present: present ? present.value : "" }) });
    // the session has ended meanwhile
    if (begun.redirected) return location.assign(begun.url);
    const told = await begun.json();
    if (!begun.ok) return say(told.said);
    const publicKey = asked(told);
    form.elements.answer.value = answered(await (present ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey })));
    if (present) present.value = "";
    form.submit();
  };
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential || location.hostname !== form.dataset.host) {
      const hint = document.querySelector("[data-no-passkeys]");
      if (hint) hint.hidden = false;
      continue;
    }
    form.hidden = false;
    const trouble = form.querySelector("[role=alert]");
    const say = words => { trouble.textContent = words; trouble.hidden = !words; };
    let busy = false;
    form.addEventListener("submit", async event => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      say("");
      try {
        await send(form, say);
      } catch (error) {
        say(error.name === "InvalidStateError" ? form.dataset.here : form.dataset.cancelled);
      }
      busy = false;
      delete form.dataset.sent;
    });
  }
}
