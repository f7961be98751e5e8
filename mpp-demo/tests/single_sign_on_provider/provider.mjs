// An OpenID provider: `oidc-provider` with a page on which one chooses who to be. It prints its address, reads where people
// are sent back to, and serves until its input ends. Where the package is, MPP_OIDC_NODE_MODULES says: import looks
// beside this file only.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.MPP_OIDC_NODE_MODULES}/anchor.js`);
const { default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));

const [clientId, clientSecret] = process.argv.slice(2);

// who can be chosen, and what is true of them
const PEOPLE = {
  asha: { sub: "person-1", email: "asha@kaveri.example", email_verified: true },
  twin: { sub: "person-2", email: "asha@kaveri.example", email_verified: true },
  unverified: { sub: "person-3", email: "asha@kaveri.example", email_verified: false },
  stranger: { sub: "person-4", email: "stranger@elsewhere.example", email_verified: true },
};

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  // by name and not by number: for browsers that is another site than the server's
  console.log(`http://localhost:${server.address().port}`);
});

const lines = createInterface({ input: process.stdin });
lines.once("line", (returnAddress) => {
  const provider = start(returnAddress);
  const callback = provider.callback();
  server.on("request", (request, response) => {
    const here = request.url.startsWith("/choose/") ? choose(provider, request, response) : callback(request, response);
    Promise.resolve(here).catch((error) => response.writeHead(500).end(String(error)));
  });
  console.log("ready");
});
lines.on("close", () => process.exit());

function start(returnAddress) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const at = (path) => new URL(path, returnAddress).href;
  const client = {
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: [returnAddress],
    post_logout_redirect_uris: [at("/portal/sign-in")],
    backchannel_logout_uri: at("/v1/desk/single-sign-on/back-channel"),
    backchannel_logout_session_required: true,
  };
  const provider = new Provider(`http://localhost:${server.address().port}`, {
    clients: [client],
    // the server it tells of sign-outs is on this machine, where it would not go by itself
    fetch: (address, { dispatcher, ...options }) => fetch(address, options),
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "first" }] },
    cookies: { keys: ["only for tests"] },
    claims: { openid: ["sub", "amr"], email: ["email", "email_verified"] },
    pkce: { required: () => true },
    features: {
      backchannelLogout: { enabled: true },
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        // pages that ask nothing of other machines
        logoutSource: (context, form) => {
          const button = `<button form="op.logoutForm" name="logout" value="yes">Yes</button>`;
          context.body = page(`<h1>Do you want to sign out?</h1>${form}${button}`);
        },
        postLogoutSuccessSource: (context) => {
          context.body = page("<h1>You are signed out everywhere</h1>");
        },
      },
    },
    interactions: { url: (_, interaction) => `/choose/${interaction.uid}` },
    findAccount: (_, sub) => {
      const claims = Object.values(PEOPLE).find((person) => person.sub === sub);
      return claims && { accountId: sub, claims: () => claims };
    },
    // everybody has agreed to be known to this one client
    loadExistingGrant: async (context) => {
      const { client, session } = context.oidc;
      const grant = new context.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid email");
      await grant.save();
      return grant;
    },
    ttl: { IdToken: 300, AccessToken: 300, AuthorizationCode: 60, Grant: 3600, Interaction: 600, Session: 3600 },
  });
  provider.on("backchannel.error", (_, error) => console.error(error));
  return provider;
}

function page(body) {
  return `<!doctype html><html lang="en"><title>Provider</title><link rel="icon" href="data:,">${body}</html>`;
}

async function choose(provider, request, response) {
  if (request.method !== "POST") {
    const buttons = Object.keys(PEOPLE).flatMap((name) => [name, `${name}+mfa`]);
    const button = (name) => `<button name="who" value="${name}">${name}</button>`;
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    const form = `<form method="post" action="${request.url}">${[...buttons, "cancel"].map(button).join("")}</form>`;
    response.end(page(`<h1>Who are you?</h1>${form}`));
    return;
  }
  let body = "";
  for await (const chunk of request) body += chunk;
  const [name, factor] = new URLSearchParams(body).get("who").split("+");
  const person = PEOPLE[name];
  const result = person
    ? { login: { accountId: person.sub, amr: factor ? ["pwd", factor] : ["pwd"] } }
    : { error: "access_denied", error_description: "ended by the person" };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}
