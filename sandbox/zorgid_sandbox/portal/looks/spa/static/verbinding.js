// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Talking to the server. The session's key lives here and nowhere else: a reload forgets it.

let sleutel = null;
let laatst = 0;
let bijVerlopen = () => {};

export class Weigering extends Error {
  constructor(status, code, velden) {
    super(code);
    this.status = status;
    this.code = code;
    this.velden = velden ?? {};
  }
}

export const ingelogd = () => sleutel !== null;
export const zonderVraag = () => Date.now() - laatst;
export const opVerlopen = (doe) => (bijVerlopen = doe);

export function onthoud(nieuw) {
  sleutel = nieuw;
}

export async function vraag(pad, { method = "GET", body, headers = {} } = {}) {
  const kop = { Accept: "application/json", ...headers };
  if (sleutel) kop.Authorization = `Bearer ${sleutel}`;
  if (body !== undefined) kop["Content-Type"] = "application/json";
  let antwoord;
  try {
    antwoord = await fetch(`api/${pad}`, { method, headers: kop, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Weigering(0, "offline");
  }
  laatst = Date.now();
  if (antwoord.ok) return antwoord.status === 204 ? null : antwoord.json();
  const over = await antwoord.json().catch(() => ({}));
  const weigering = new Weigering(antwoord.status, over.code ?? "general", over.velden);
  if (antwoord.status === 401 && sleutel) {
    sleutel = null;
    bijVerlopen(weigering.code);
  }
  throw weigering;
}

// Everybody, in pieces of what the server gives at once.
export async function iedereen() {
  const alle = [];
  for (;;) {
    const { totaal, personen } = await vraag(`personen?vanaf=${alle.length}`);
    alle.push(...personen);
    if (alle.length >= totaal || !personen.length) return alle;
  }
}
