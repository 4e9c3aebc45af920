// Texts of a cluster become text nodes, never markup. The token is kept in this page alone.
"use strict";

const at = (selector) => document.querySelector(selector);
const seen = [];  // what the canary of the run that is shown looked like: {stage, share, evidence, rejects}
const kept = 600;  // looks
let access = null;
let shown = {run: null, plan: null};

function make(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

function duration(seconds) {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
}

async function ask(path, parameters) {
  const query = new URLSearchParams(parameters);
  const answer = await fetch(`api/${path}?${query}`, {headers: {Authorization: `Bearer ${access.token}`}, cache: "no-store"});
  if (answer.ok) return answer;
  let why = answer.statusText;
  try { why = (await answer.json()).error; } catch { /* no JSON: a proxy in between */ }
  throw Object.assign(new Error(why), {status: answer.status});
}

function fill(table, rows) {
  at(`${table} tbody`).replaceChildren(...rows.map((cells) => {
    const row = make("tr");
    for (const cell of cells) {
      const field = make("td");
      field.append(cell);
      row.append(field);
    }
    return row;
  }));
}

function link(text, action) {
  const button = make("button", text, "link");
  button.type = "button";
  button.addEventListener("click", action);
  return button;
}

const colors = {True: "ok", False: "bad", Done: "ok", Running: "busy", RollingBack: "bad", Aborted: "bad", Failed: "bad",
                Undone: "bad", Intended: "busy", Undoing: "busy"};
const colored = (text) => make("span", text, colors[text] || "");

function showOverview(view) {
  fill("#clouds", view.clouds.map((cloud) => [
    `${cloud.namespace}/${cloud.name}`,
    cloud.wanted === cloud.release || !cloud.release ? cloud.wanted : `${cloud.release} → ${cloud.wanted}`,
    colored(cloud.ready),
    cloud.services.map((service) => `${service.name} ${service.ready}/${service.replicas}`).join(", "),
    cloud.waitingFor || (cloud.ready === "True" ? "" : cloud.message)]));
  fill("#runs", view.runs.map((run) => [
    link(`${run.namespace}/${run.name}`, () => { shown.run = run; seen.length = 0; look(); }), colored(run.mode), run.phase,
    run.message]));
  fill("#plans", view.plans.map((plan) => [
    link(`${plan.namespace}/${plan.name}`, () => { shown.plan = plan; showPlan(); }), plan.cloud, plan.from, plan.to,
    `${plan.steps}, about ${duration(plan.seconds)}`]));
  if (!shown.run && view.runs.length) shown.run = view.runs[view.runs.length - 1];
  if (!shown.plan && view.plans.length) { shown.plan = view.plans[view.plans.length - 1]; showPlan(); }
}

const marks = {Done: "✓", Undone: "↩", Failed: "✗", Intended: "▸", Undoing: "▸"};

function stepLine(step, now) {
  const line = make("li", undefined, "step");
  const over = step.ended >= step.begun && step.ended > 0;
  const time = !step.begun ? (step.estimate ? `about ${duration(step.estimate)}` : "")
    : duration(Math.max(0, (over ? step.ended : now) - step.begun)) + (over || !step.estimate ? "" : ` of about ${duration(step.estimate)}`);
  line.append(make("span", marks[step.status] || "·", colors[step.status] || ""), make("span", step.id), make("span", time),
              make("span", step.evidence || step.summary));
  return line;
}

function showRun(view) {
  const section = at("#run"), now = Math.floor(Date.now() / 1000);
  section.hidden = false;
  section.querySelector("h2").replaceChildren(`Run ${view.name}: `, colored(view.mode),
                                              view.of ? `, ${view.of.cloud} ${view.of.from} → ${view.of.to}` : "");
  section.querySelector(".message").textContent = [view.message, view.why].filter(Boolean).join(" ");
  section.querySelector(".waiting").textContent = [view.waitingFor ? `waits for ${view.waitingFor}` : "",
    view.actions.length ? `you may: ${view.actions.join(", ")}` : ""].filter(Boolean).join("; ");
  section.querySelector(".phases").replaceChildren(...view.phases.map((phase) => {
    const done = phase.steps.filter((step) => step.status === "Done").length;
    const item = make("li");
    const details = make("details");
    details.open = phase.steps.some((step) => step.status && step.status !== "Done");
    const list = make("ul");
    list.append(...phase.steps.map((step) => stepLine(step, now)));
    details.append(make("summary", `${phase.name}: ${done} of ${phase.steps.length}`, done === phase.steps.length ? "ok" : ""), list);
    item.append(details);
    return item;
  }));
  showCanary(view.canary);
}

// "10^2.3" of the operator, as the exponent.
const exponent = (text) => Number.parseFloat((text || "").replace("10^", "")) || 0;

function remember(canary) {
  const findings = (canary.verdict || {}).findings || [];
  const worst = findings.reduce((a, b) => exponent(b.evidence) > exponent(a.evidence) ? b : a, {});
  seen.push({stage: canary.stage, share: canary.basisPoints / 100, evidence: exponent(worst.evidence), rejects: exponent(worst.rejects)});
  if (seen.length > kept) seen.shift();
}

function drawn(tag, attributes, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return node;
}

function line(values, top, className) {
  const x = (index) => seen.length < 2 ? 0 : index / (seen.length - 1) * 1000;
  const y = (value) => 130 - Math.max(0, Math.min(1, value / top)) * 110;
  return drawn("polyline", {class: className, points: values.map((value, index) => `${x(index)},${y(value)}`).join(" ")});
}

// Share of requests, and the strongest evidence against the canary beside what would reject it.
function chart() {
  const rejects = Math.max(1, ...seen.map((one) => one.rejects));
  const top = Math.max(rejects * 1.2, ...seen.map((one) => one.evidence));
  const picture = drawn("svg", {viewBox: "0 0 1000 140", preserveAspectRatio: "none", role: "img"});
  const height = 130 - Math.min(1, rejects / top) * 110;
  picture.append(drawn("line", {class: "rejects", x1: 0, x2: 1000, y1: height, y2: height}),
                 line(seen.map((one) => one.share), 100, "share"), line(seen.map((one) => one.evidence), top, "evidence"),
                 drawn("text", {x: 4, y: 14}, "share of requests (0 to 100 %), and evidence against it; dashed: rejected"));
  return picture;
}

function showCanary(canary) {
  const place = at("#run .canary");
  if (!canary) return place.replaceChildren();
  remember(canary);
  const verdict = canary.verdict || {};
  const table = make("table");
  const head = make("tr");
  for (const title of ["Compared", "Canary bad/all", "Stable bad/all", "Odds", "Evidence", "Rejects", ""]) head.append(make("th", title));
  table.append(head, ...(verdict.findings || []).map((one) => {
    const row = make("tr");
    for (const text of [one.name, `${one.bad}/${one.requests}`, `${one.againstBad}/${one.againstRequests}`, one.odds, one.evidence,
                        one.rejects, one.decision]) row.append(make("td", text));
    return row;
  }));
  place.replaceChildren(make("h3", `Canary ${canary.stage}: ${canary.phase}, ${canary.basisPoints / 100} % of requests, ${verdict.requests || 0} in this stage`),
                        make("p", verdict.decision ? `${verdict.decision}: ${verdict.reason}` : ""), chart(), table);
}

async function showPlan() {
  const plan = shown.plan, section = at("#plan");
  try {
    const picture = await (await ask("plan.svg", {namespace: plan.namespace, name: plan.name})).blob();
    const image = section.querySelector("img");
    if (image.src) URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(picture);
    section.querySelector("h2").textContent = `Plan ${plan.name}`;
    section.hidden = false;
  } catch (error) {
    at("#state").textContent = error.message;
  }
}

let looking = null;

async function look() {
  clearTimeout(looking);
  let again = 2000;
  try {
    showOverview(await (await ask("overview", {namespace: access.namespace})).json());
    at("main").hidden = false;
    at("#login").hidden = true;
    if (shown.run) showRun(await (await ask("run", {namespace: shown.run.namespace, name: shown.run.name})).json());
    at("#state").textContent = "";
  } catch (error) {
    at("#state").textContent = error.message;
    again = 5000;
    if (error.status === 401 || error.status === 403) {
      at("#login").hidden = false;
      return;
    }
    if (error.status === 404) shown.run = null;
  }
  looking = setTimeout(look, again);
}

at("#login").addEventListener("submit", (event) => {
  event.preventDefault();
  access = {token: at("#token").value.trim(), namespace: at("#namespace").value.trim()};
  look();
});

// #token=…&namespace=…: a fragment never leaves the browser.
if (location.hash.includes("token=")) {
  const given = new URLSearchParams(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
  access = {token: given.get("token"), namespace: given.get("namespace") || ""};
  look();
}
