// Who may do what: the matrix of a bucket, users, groups, one's own rights.
import assert from "node:assert/strict";
import { test } from "node:test";

import { inspect, inspectLooks, NARROW } from "../browser.mjs";
import { asRoot, eventually, hold, open, reads, row, signInAs, signInAsRoot, stack, unable, visit } from "../world.mjs";

/** What grants name: of a user of `dev` the id. */
const idOf = (subject) => stack.users[subject] ?? subject;
/** How labels name a subject: an account by its username and its id. */
const named = (subject) => (stack.users[subject] === undefined ? subject : `${subject} (${stack.users[subject]})`);

const give = (bucket, subject, permissions, { kind = "user", prefix = "", prefix_kind = "literal", ...put } = {}) => ({
  ...{ kind, subject: idOf(subject), prefix, prefix_kind },
  put: { permissions, ...put },
});

/** A bucket of its own for a test, with some grants. */
async function bucketWith(name, ...changes) {
  await asRoot("PUT", `/v1/buckets/${name}`, {});
  if (changes.length > 0) await asRoot("PATCH", `/v1/buckets/${name}/grants`, { changes });
  return name;
}

async function openMatrix(page, bucket, user) {
  await page.clock.install();
  await open(page, `/console/access?bucket=${bucket}`);
  await signInAs(page, user);
  await page.getByRole("treegrid").waitFor();
}

/** Lets a page whose clock is ours look now for what others changed: it does so every 4 seconds. */
const lookAgain = (page) => page.clock.fastForward(4000);

const cell = (page, permission, who, where = "whole bucket") =>
  page.getByRole("checkbox", { name: `${permission}: ${named(who)}, ${where}`, exact: true });

async function review(page) {
  await page.getByRole("button", { name: "Review and save" }).click();
  await page.getByRole("dialog").waitFor();
  return page.getByRole("dialog");
}

async function saveAll(page) {
  const dialog = await review(page);
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  // What an earlier save said may be there still.
  await dialog.waitFor({ state: "detached" });
  await page.getByText(/changes? (is|are) saved/).waitFor();
}

/** When the grant of somebody to a whole bucket was changed last. */
async function changedAt(bucket, subject) {
  const { items } = await asRoot("GET", `/v1/buckets/${bucket}/grants?subject=${idOf(subject)}`);
  const changes = await asRoot("GET", `/v1/changes?after=${items[0].updated_revision - 1}&page_size=1`);
  return changes.items[0].at;
}

test("what is staged is shown with its effect, saved at once, seen by the other's page, and undone", async () => {
  const bucket = await bucketWith(
    "access-stage",
    give("", "ada", ["read", "write", "delete", "admin"]),
    give("", "carl", ["list"], { prefix: "in/", reason: "reads the names" }),
    give("", "editors", ["read"], { kind: "group", prefix: "in/" }),
    give("", "*", ["read", "write"], { kind: "authenticated", prefix: "home/${user}/", prefix_kind: "template" }),
  );
  const [one, other] = [await visit(), await visit()];
  await openMatrix(one.page, bucket, "ada");
  await other.page.clock.install();
  await open(other.page, `/console/access?bucket=${bucket}`);
  await signInAs(other.page, "carl");
  await other.page.getByText(`You do not administer ${bucket}`).waitFor();
  await row(other.page, "in/").getByText("list: granted on in/").waitFor();
  await inspect(other.page, "access-own");

  const { page } = one;
  await cell(page, "write", "carl", "in/").check();
  await cell(page, "read", "editors", "in/").uncheck();
  await page.getByText("taken away", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByLabel("User id").fill("eve");
  await page.getByLabel("Below the prefix").fill("out/");
  await inspect(page, "access-add");
  await page.getByRole("button", { name: "Stage" }).click();
  await page.getByText("3 changes not saved").waitFor();
  await inspect(page, "access-staged");
  const dialog = await review(page);
  await dialog.getByText("gains write").waitFor();
  await dialog.getByText("loses read").waitFor();
  await inspect(page, "access-review");
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("3 changes are saved.").waitFor();
  await lookAgain(other.page);
  await row(other.page, "in/").getByText("list, write: granted on in/").waitFor();

  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Undone").waitFor();
  await lookAgain(other.page);
  await row(other.page, "in/").getByText("list: granted on in/").waitFor();
  const { items } = await asRoot("GET", `/v1/buckets/${bucket}/grants`);
  const said = items.map((grant) => `${grant.subject} ${grant.prefix} ${grant.permissions.join("+")}`).sort();
  assert.deepEqual(said, [
    "* home/${user}/ read+write",
    `${idOf("ada")}  read+write+delete+admin`,
    `${idOf("carl")} in/ list`,
    "editors in/ read",
  ]);
  await one.end();
  await other.end();
});

test("two browsers edit one matrix: what the other changed is shown beside one's own, and put together", async () => {
  const bucket = await bucketWith(
    "access-two",
    give("", "ada", ["read", "admin"]),
    give("", "bob", ["read", "admin"]),
    give("", "carl", ["read", "write"], { reason: "at first" }),
    give("", "dave", ["list"]),
  );
  const [one, other] = [await visit({ expected: [412] }), await visit()];
  await openMatrix(one.page, bucket, "ada");
  await openMatrix(other.page, bucket, "bob");
  // The page of the first asks no more: it finds out when it saves.
  await one.page.route(/\/grants\?page_size=1$/, (route) => route.fulfill({ json: { items: [] } }));
  await cell(one.page, "delete", "carl").check();
  await cell(one.page, "write", "dave").check();
  const dialog = await review(one.page);
  await dialog.getByText("gains delete").waitFor();
  await cell(other.page, "write", "carl").uncheck();
  await cell(other.page, "admin", "carl").check();
  await saveAll(other.page);
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await one.page.getByRole("heading", { name: "Somebody changed the same grants" }).waitFor();
  const cells = one.page.getByRole("dialog").getByRole("row").filter({ hasText: "carl" }).getByRole("cell");
  assert.deepEqual(await cells.evaluateAll((all) => all.map((each) => [...each.querySelectorAll(".difference > span")].map((part) => part.textContent).join(" "))), [
    "read write reason “at first”",
    "read admin reason “at first”",
    "read write delete reason “at first”",
    "read delete admin reason “at first”",
  ]);
  await one.page.getByText("by bob", { exact: true }).and(one.page.getByTitle(`user:${idOf("bob")}`)).waitFor();
  await inspect(one.page, "access-conflict");
  await one.page.getByRole("button", { name: "Put mine on top" }).click();
  await one.page.getByRole("dialog").getByRole("button", { name: "Save", exact: true }).click();
  await one.page.getByText("2 changes are saved.").waitFor();
  // The other page sees it by itself.
  await lookAgain(other.page);
  await other.page.locator(`input[aria-label='delete: ${named("carl")}, whole bucket']:checked`).waitFor();
  await other.page.locator("input[aria-label='write: dave, whole bucket']:checked").waitFor();
  assert.equal(await cell(other.page, "write", "carl").isChecked(), false);
  await one.page.unroute(/\/grants\?page_size=1$/);

  // What the other changes while one edits is said at once; whoever drops their own has theirs.
  await cell(one.page, "write", "carl").check();
  await cell(other.page, "read", "carl").uncheck();
  await saveAll(other.page);
  await lookAgain(one.page);
  await one.page.getByText("Somebody changed a grant that you are editing.").waitFor();
  await one.page.getByRole("button", { name: "Compare" }).click();
  await one.page.getByRole("button", { name: "Discard mine" }).click();
  await one.page.getByText("not saved").waitFor({ state: "detached" });
  assert.equal(await cell(one.page, "read", "carl").isChecked(), false);

  // An undo does not undo what somebody else did since.
  await cell(one.page, "write", "dave").uncheck();
  await saveAll(one.page);
  const change = give("", "dave", ["delete"]);
  await asRoot("PATCH", `/v1/buckets/${bucket}/grants`, { changes: [change] });
  await one.page.getByRole("button", { name: "Undo" }).click();
  await one.page.getByText("Somebody changed it meanwhile").waitFor();
  await one.page.getByText("1 change not saved").waitFor();
  const { items } = await asRoot("GET", `/v1/buckets/${bucket}/grants?subject=dave`);
  assert.deepEqual(items[0].permissions, ["delete"]);
  await one.end();
  await other.end();
});

test("what another changes while a dialog is open is a conflict, and is not reverted", async () => {
  const bucket = await bucketWith(
    "access-open",
    give("", "ada", ["read", "admin"]),
    give("", "bob", ["read"]),
    give("", "carl", ["read"]),
    give("", "dave", ["list"]),
  );
  const visiting = await visit();
  const { page } = visiting;
  /** The revisions of all grants that the page read. */
  const read = [];
  page.on("response", async (answer) => {
    const url = new URL(answer.url());
    if (!url.pathname.endsWith("/grants") || url.searchParams.get("page_size") === "1" || answer.request().method() !== "GET") return;
    // The page may be closed before an answer is read.
    const grants = await answer.json().catch(() => null);
    if (grants !== null) read.push(grants.revision);
  });
  await openMatrix(page, bucket, "ada");
  const meanwhile = async (open_, changes, fill) => {
    await page.getByRole("button", open_).click();
    await page.getByRole("dialog").waitFor();
    await asRoot("PATCH", `/v1/buckets/${bucket}/grants`, { changes });
    const { revision } = await asRoot("GET", `/v1/buckets/${bucket}/grants?page_size=1`);
    await lookAgain(page);
    await eventually("the page does not read what was changed", () => read.includes(revision));
    await fill(page.getByRole("dialog"));
    await page.getByRole("button", { name: /^Stage/ }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  };
  const edit = (who) => ({ name: `Edit ${named(who)}, whole bucket` });
  const reason = (dialog) => dialog.getByLabel("Reason").fill("mine");
  await meanwhile(edit("bob"), [give("", "bob", ["read", "write"], { expires_at: "2099-01-01T00:00:00Z" })], reason);
  await page.getByText("Somebody changed a grant that you are editing.").waitFor();
  await meanwhile(edit("carl"), [{ subject: idOf("carl") }], reason);
  await page.getByText("Somebody changed 2 grants that you are editing.").waitFor();
  await meanwhile({ name: "Paste table" }, [give("", "dave", ["delete"])], (dialog) => dialog.getByLabel("Lines").fill("user,dave,,write"));
  await page.getByText("Somebody changed 3 grants that you are editing.").waitFor();
  await meanwhile({ name: "Add", exact: true }, [give("", "eve", ["write"])], (dialog) => dialog.getByLabel("User id").fill("eve"));
  await page.getByText("Somebody changed 4 grants that you are editing.").waitFor();
  await page.getByRole("button", { name: "Review and save" }).click();
  await page.getByRole("heading", { name: "Somebody changed the same grants" }).waitFor();
  await page.getByRole("button", { name: "Put mine on top" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText(/changes are saved/).waitFor();
  const { items } = await asRoot("GET", `/v1/buckets/${bucket}/grants?subject=${idOf("bob")}`);
  assert.deepEqual(items[0].permissions, ["read", "write"]);
  assert.equal(new Date(items[0].expires_at).getUTCFullYear(), 2099);
  await visiting.end();
});

test("the active cell stays where it is while others change rows around it, and is nowhere once its row is gone", async () => {
  const bucket = await bucketWith("access-active", give("", "ada", ["read", "write", "admin"]), give("", "zoe", ["read"]));
  const visiting = await visit();
  const { page } = visiting;
  await openMatrix(page, bucket, "ada");
  await row(page, "zoe").waitFor();
  await page.getByRole("treegrid").focus();
  await page.keyboard.press("End");
  for (let column = 0; column < 3; column += 1) await page.keyboard.press("ArrowRight");
  await page.getByText("zoe may not write on whole bucket.").waitFor();
  await asRoot("PATCH", `/v1/buckets/${bucket}/grants`, { changes: [give("", "00abc", ["read"])] });
  await lookAgain(page);
  await row(page, "00abc").waitFor();
  await page.keyboard.press("Space");
  await page.locator("input[aria-label='write: zoe, whole bucket']:checked").waitFor();
  await page.getByText("1 change not saved").waitFor();
  await page.getByRole("button", { name: "Discard all" }).click();
  await asRoot("PATCH", `/v1/buckets/${bucket}/grants`, { changes: [{ subject: "zoe" }] });
  await lookAgain(page);
  await row(page, "zoe").waitFor({ state: "detached" });
  await page.getByRole("treegrid").focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Delete");
  assert.equal(await page.getByRole("treegrid").getAttribute("aria-activedescendant"), null);
  assert.equal(await page.getByText("not saved").count(), 0);
  // An arrow leads to the row beside the place.
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Space");
  await page.getByText("1 change not saved").waitFor();
  await visiting.end();
});

test("who administers a bucket chooses accounts by their usernames, and is told of an id that nobody known has", async () => {
  const bucket = await bucketWith("access-names", give("", "ada", ["read", "admin"]), give("", "bob", ["read"]));
  const visiting = await visit();
  const { page } = visiting;
  await openMatrix(page, bucket, "ada");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const dialog = page.getByRole("dialog");
  const user = dialog.getByLabel("User id");
  await user.fill("somebody");
  await dialog.getByText("This page knows no user of that id.").waitFor();
  await inspect(page, "access-unknown");
  await user.fill("bob");
  await page.getByRole("option", { name: named("bob") }).waitFor();
  await page.keyboard.press("Escape");
  await dialog.getByRole("button", { name: "Stage" }).click();
  await dialog.getByText(`Choose ${named("bob")}`).waitFor();
  await user.fill("bo");
  await page.getByRole("option", { name: named("bob") }).click();
  await dialog.getByText("There is a grant for this already").waitFor();
  await dialog.getByLabel("Below the prefix").fill("in/");
  await dialog.getByRole("button", { name: "Stage" }).click();
  const saving = page.waitForRequest((request) => request.method() === "PATCH");
  await saveAll(page);
  assert.equal((await saving).postDataJSON().changes[0].subject, idOf("bob"));
  await visiting.end();
});

test("who leaves with changes that are not saved is asked, on every page and on the sign-in page", async () => {
  const bucket = await bucketWith("access-leave", give("", "ada", ["read", "admin"]), give("", "bob", ["read"]));
  const visiting = await visit();
  const { page } = visiting;
  const isAsked = async () => {
    const asking = page.waitForEvent("dialog");
    await page.close({ runBeforeUnload: true });
    const dialog = await asking;
    await dialog.dismiss();
    return dialog.type();
  };
  await openMatrix(page, bucket, "ada");
  await cell(page, "write", "bob").check();
  await page.getByRole("link", { name: "Buckets", exact: true }).click();
  await page.getByRole("heading", { name: "Buckets" }).waitFor();
  assert.equal(await isAsked(), "beforeunload");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Password", { exact: true }).waitFor();
  assert.equal(await isAsked(), "beforeunload");
  await signInAs(page, "ada");
  await page.getByRole("link", { name: "Access", exact: true }).click();
  await row(page, bucket).first().getByRole("link", { name: bucket }).click();
  await page.getByRole("button", { name: "Discard all" }).click();
  await page.getByText("not saved").waitFor({ state: "detached" });
  const closed = page.waitForEvent("close");
  await page.close({ runBeforeUnload: true });
  await closed;
  await visiting.end();
});

test("the keyboard goes on where it was when a notice goes away: at the rows; after saving at what says so", async () => {
  const bucket = await bucketWith("access-focus", give("", "ada", ["read", "admin"]), give("", "bob", ["read"]));
  const visiting = await visit();
  const { page } = visiting;
  const press = async (name) => {
    await page.getByRole("button", { name, exact: true }).focus();
    await page.keyboard.press("Enter");
  };
  const atRows = () => page.locator('[role="treegrid"]:focus').waitFor();
  await openMatrix(page, bucket, "ada");
  await cell(page, "write", "bob").check();
  await press("Discard all");
  await atRows();
  await cell(page, "write", "bob").check();
  await press("Review and save");
  await page.getByRole("dialog").getByText("gains write").waitFor();
  await press("Save");
  await page.locator('.notice:focus').getByText("1 change is saved.").waitFor();
  await press("Undo");
  await page.getByText("Undone").waitFor();
  await atRows();
  await press("Close");
  await atRows();
  await open(page, `/console/access?bucket=${bucket}&at=${encodeURIComponent(await changedAt(bucket, "bob"))}`);
  await page.getByText("This is the past").waitFor();
  await press("Back to now");
  await atRows();
  await visiting.end();
});

test("the last admin is kept, and who takes themselves out is told", async () => {
  const bucket = await bucketWith("access-last", give("", "ada", ["read", "admin"]));
  const visiting = await visit({ expected: [404, 409] });
  const { page } = visiting;
  await openMatrix(page, bucket, "ada");
  await cell(page, "admin", "ada").uncheck();
  const dialog = await review(page);
  await dialog.getByText("The bucket would lose its last admin").waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Save", exact: true }).isDisabled(), true);
  await inspect(page, "access-last-admin");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByLabel("User id").fill(idOf("bob"));
  await page.getByRole("dialog").getByText("admin", { exact: true }).click();
  await page.getByRole("button", { name: "Stage" }).click();
  await review(page);
  await page.getByText("You take “admin” from yourself").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText(`You do not administer ${bucket}`).waitFor();
  await visiting.end();
});

test("no cell of the matrix moves: it is there once the bucket's rules are, and what others change is told below it", async () => {
  const bucket = await bucketWith("access-still", give("", "ada", ["read", "admin"]), give("", "carl", ["read"]));
  const visiting = await visit();
  const { page } = visiting;
  const tellRules = await hold(page, `**/v1/buckets/${bucket}`);
  const asked = page.waitForRequest(`**/v1/buckets/${bucket}`);
  await openMatrix(page, bucket, "ada");
  await asked;
  await page.getByText("2 grants").waitFor();
  assert.equal(await page.getByRole("checkbox").count(), 0);
  tellRules();
  const ticked = cell(page, "write", "carl");
  await ticked.check();
  const place = await ticked.boundingBox();
  await asRoot("PATCH", `/v1/buckets/${bucket}/grants`, { changes: [give("", "carl", ["list"])] });
  await lookAgain(page);
  await page.getByRole("button", { name: "Compare" }).waitFor();
  assert.deepEqual(await ticked.boundingBox(), place);
  await visiting.end();
});

test("a revocation is seen by a page that is open", async () => {
  const bucket = await bucketWith("access-revoked", give("", "ada", ["admin"]), give("", "bob", ["read", "admin"]));
  const visiting = await visit({ expected: [404] });
  const { page } = visiting;
  await openMatrix(page, bucket, "bob");
  await asRoot("PATCH", `/v1/buckets/${bucket}/grants`, { changes: [give("", "bob", ["read"])] });
  await lookAgain(page);
  await page.getByText(`You do not administer ${bucket}`).waitFor();
  await row(page, bucket).getByText("read: granted on whole bucket").waitFor();
  await asRoot("PATCH", `/v1/buckets/${bucket}/grants`, { changes: [{ subject: idOf("bob") }] });
  await lookAgain(page);
  await page.getByText("This bucket does not exist, or you have no access to it").waitFor();
  await inspect(page, "access-nothing");
  await visiting.end();
});

test("a table is pasted, flaws are named by line, and what is copied can be pasted", async () => {
  const bucket = await bucketWith("access-table", give("", "ada", ["read", "admin"]));
  const visiting = await visit();
  const { page } = visiting;
  await openMatrix(page, bucket, "ada");
  await page.getByRole("button", { name: "Paste table" }).click();
  const lines = page.getByLabel("Lines");
  await lines.fill("user,carl,in,read\nuser,dora,,own\n");
  await page.getByText("Line 1: a prefix ends with a slash").waitFor();
  await page.getByText("Line 2: the permissions are").waitFor();
  await inspect(page, "access-table");
  const carl = `${idOf("carl")};read write;in/;;;2099-01-31;"a; b"`;
  await lines.fill(`subject;permissions;prefix;prefix_kind;kind;end;reason\n${carl}\n*;list;home/\${user}/;template;authenticated;;\n`);
  await page.getByText("2 grants understood").waitFor();
  await page.getByRole("button", { name: "Stage them" }).click();
  await saveAll(page);
  const { items } = await asRoot("GET", `/v1/buckets/${bucket}/grants`);
  assert.deepEqual(
    items.slice(1).map(({ kind, subject, prefix, prefix_kind, permissions, reason }) => [kind, subject, prefix, prefix_kind ?? "literal", permissions, reason ?? null]),
    [
      ["authenticated", "*", "home/${user}/", "template", ["list"], null],
      ["user", idOf("carl"), "in/", "literal", ["read", "write"], "a; b"],
    ],
  );
  await visiting.end();
});

test("a bucket as it was on a day, and what is wrong with a day before all history", async () => {
  const bucket = await bucketWith("access-past", give("", "ada", ["admin"]), give("", "carl", ["read"], { reason: "then" }));
  const then = await changedAt(bucket, "carl");
  await asRoot("PATCH", `/v1/buckets/${bucket}/grants`, { changes: [{ subject: idOf("carl") }, give("", "dave", ["write"])] });
  const visiting = await visit({ expected: [400, 404, 410] });
  const { page } = visiting;
  await openMatrix(page, bucket, "ada");
  await row(page, "dave").waitFor();
  // What is still to come is not a day on which nobody was granted anything: the server says what is wrong.
  await open(page, `/console/access?bucket=${bucket}&at=2099-01-01T00:00:00Z`);
  await page.getByRole("alert").first().waitFor();
  assert.equal(await page.getByText("Nobody was granted anything then.").count(), 0);
  await page.getByRole("button", { name: "Back to now" }).click();
  await row(page, "dave").waitFor();
  await page.getByRole("button", { name: "As it was" }).click();
  await inspect(page, "access-day");
  await page.keyboard.press("Escape");
  await open(page, `/console/access?bucket=${bucket}&at=${encodeURIComponent(then)}`);
  await page.getByText("This is the past: nothing can be changed.").waitFor();
  await row(page, "carl").getByText("then").waitFor();
  assert.equal(await row(page, "dave").count(), 0);
  await row(page, "carl").getByText(`read: ${named("carl")}, whole bucket`).waitFor({ state: "attached" });
  assert.equal(await page.getByRole("checkbox").count(), 0, "nothing can be ticked");
  await inspect(page, "access-past");
  await page.getByRole("button", { name: "Back to now" }).click();
  await row(page, "dave").waitFor();
  await page.getByRole("button", { name: "As it was" }).click();
  await page.getByRole("textbox", { name: "As it was on" }).fill("2020-01-01T00:00");
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByText("Nobody was granted anything then.").or(page.getByText("That is further back")).waitFor();
  await visiting.end();
});

test("an address with what it cannot mean is read without it", async () => {
  const bucket = await bucketWith("access-address", give("", "ada", ["admin"]), give("", "12345678901234567890", ["read"]));
  const visiting = await visit({ expected: [400, 404] });
  const { page } = visiting;
  await open(page, `/console/access?bucket=${bucket}&at=garbage&user={}`);
  await signInAs(page, "ada");
  await row(page, "12345678901234567890").waitFor();
  assert.equal(await page.getByText("This is the past").count(), 0);
  await open(page, "/console/access?user=12345678901234567890");
  await page.getByRole("heading", { name: "What may 12345678901234567890 do, and why" }).waitFor();
  await row(page, bucket).getByText("read: granted on whole bucket").waitFor();
  // What reads as a list elsewhere is a name here.
  await open(page, "/console/try?action=read&bucket=[1]&key=x&user=a");
  await reads(page.getByLabel("Bucket", { exact: true }), "[1]");
  await visiting.end();
});

test("what a user may do, and why: of oneself, of another for an admin, of anybody for the application", async () => {
  const bucket = await bucketWith(
    "access-why",
    give("", "ada", ["admin"]),
    give("", "carol", ["delete"], { prefix: "in/", reason: "tidies", expires_at: "2099-01-01T00:00:00Z" }),
    give("", "carol", ["write"], { prefix: "later/", not_before: "2098-01-01T00:00:00Z" }),
    give("", "writers", ["write"], { kind: "group" }),
    give("", "*", ["list"], { kind: "authenticated" }),
  );
  await asRoot("PUT", "/v1/groups/writers/members/carol", { expires_at: "2099-06-01T00:00:00Z" });
  const visiting = await visit();
  const { page } = visiting;
  await open(page, "/console/access");
  await signInAsRoot(page);
  await row(page, bucket).waitFor();
  await inspect(page, "access-application");
  await page.getByRole("combobox", { name: "User", exact: true }).fill("carol");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Look up: User" }).click();
  const whole = row(page, "whole bucket").filter({ hasText: bucket }).first();
  await whole.getByText("write: group writers, on whole bucket").waitFor();
  await whole.getByText("list: everybody who signed in, on whole bucket").waitFor();
  await row(page, "in/").getByText("delete: granted on in/, until 1 Jan 2099, 00:00, “tidies”").waitFor();
  await row(page, "later/").getByText("write: not yet").waitFor();
  await inspect(page, "access-user");
  await page.getByRole("link", { name: "writers" }).click();
  await page.getByRole("link", { name: "carol" }).waitFor();
  await page.getByText("until 1 Jun 2099").waitFor();
  await inspect(page, "access-group");
  await visiting.end();

  const admin = await visit();
  const asked = [];
  admin.page.on("request", (request) => asked.push(new URL(request.url())));
  await open(admin.page, "/console/access?user=carol");
  await signInAs(admin.page, "ada");
  const there = row(admin.page, "whole bucket").filter({ hasText: bucket }).first();
  await there.getByText("write: a group, everybody, or the project’s default").waitFor();
  await there.getByText("list: everybody who signed in, on whole bucket").waitFor();
  // No bucket is read whole for one user.
  const listings = asked.filter((url) => /\/buckets\/[^/]+\/(access|grants)$/.test(url.pathname));
  assert.ok(listings.length > 0);
  assert.deepEqual(listings.filter((url) => !url.searchParams.has("kind")).map(String), []);
  // A username in the address names nobody: who is meant is said.
  await open(admin.page, "/console/access?user=ada");
  await admin.page.getByText(`Choose ${named("ada")}`).waitFor();
  await open(admin.page, "/console/access?group=writers");
  await row(admin.page, bucket).getByText("by key:").waitFor();
  await admin.page.getByText("Who is in a group is told to application keys only.").waitFor();
  await open(admin.page, `/console/access?bucket=${bucket}`);
  await admin.page.getByRole("radio", { name: "Who can do what" }).click();
  await row(admin.page, "carol").first().waitFor();
  await inspect(admin.page, "access-held");
  await admin.end();
});

test("members of a group are added with an end, changed and taken out; who may not is told why", async () => {
  await asRoot("PUT", "/v1/groups/crew/members/carol", {});
  const visiting = await visit();
  const { page } = visiting;
  await open(page, "/console/access?group=crew");
  await signInAsRoot(page);
  const members = page.getByRole("list", { name: "Members" });
  const line = (name) => members.getByRole("listitem").filter({ hasText: name });
  const user = page.getByRole("combobox", { name: "User id" });
  await line("carol").waitFor();
  await page.getByRole("button", { name: "Add member" }).click();
  await page.getByText("Name somebody.").waitFor();
  // No account is meant without a word, and no text with an id in it is taken for a user.
  for (const [said, flaw] of [["bob", `Choose ${named("bob")}`], [named("bob").replace("bob", "rob"), "Give the id alone"]]) {
    await user.fill(said);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Add member" }).click();
    await page.getByText(flaw).waitFor();
  }
  await user.fill("bob");
  await page.getByRole("option", { name: `bob (${idOf("bob")})` }).click();
  await page.getByLabel("Until").fill("2099-06-01T00:00");
  await page.getByRole("button", { name: "Add member" }).click();
  await line("bob").getByText("until 1 Jun 2099").waitFor();
  await line("bob").getByTitle(idOf("bob")).waitFor();
  await inspect(page, "access-members");
  await page.setViewportSize({ width: 390, height: 844 });
  await inspect(page, "access-members-390");
  await page.setViewportSize({ width: 1200, height: 800 });
  const kept = async () => (await asRoot("GET", "/v1/groups/crew/members")).items.map((one) => [one.user, one.expires_at ?? null]);
  const end = await page.evaluate(() => new Date("2099-06-01T00:00").toISOString());
  assert.deepEqual((await kept()).map(([who, at]) => [who, at && new Date(at).toISOString()]).sort(), [[idOf("bob"), end], ["carol", null]].sort());

  // Whoever is in it already has their end shown, and another one set.
  await user.fill(idOf("bob"));
  await page.keyboard.press("Escape");
  await page.getByText("They are a member already").waitFor();
  await reads(page.getByLabel("Until"), "2099-06-01T00:00");
  await page.getByLabel("Until").fill("");
  await page.getByRole("button", { name: "Change the end" }).click();
  await line("bob").getByText("until").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Take carol out of the group" }).click();
  const dialog = page.getByRole("dialog", { name: "Take somebody out of crew?" });
  await dialog.getByText("carol loses what the group is granted").waitFor();
  assert.equal((await kept()).length, 2, "it is asked once more");
  await dialog.getByRole("button", { name: "Take out" }).click();
  await line("carol").waitFor({ state: "detached" });
  assert.deepEqual(await kept(), [[idOf("bob"), null]]);
  await visiting.end();

  const other = await visit();
  await open(other.page, "/console/access?group=crew");
  await signInAs(other.page, "ada");
  await unable(other.page, other.page.getByRole("button", { name: "Add member" }), "Only an application key changes who is in a group");
  await other.end();
});

test("a public bucket is warned of by name, and a grant to everybody, too", async () => {
  const visiting = await visit();
  const { page } = visiting;
  await open(page, "/console/access?bucket=demo");
  await signInAsRoot(page);
  await page.getByRole("treegrid").waitFor();
  await page.getByRole("button", { name: "Public…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("list", { exact: true }).click();
  const headers = { "x-api-key": stack.rootKey, accept: "application/json" };
  const { items, prefixes } = await (await fetch(`${stack.origins[1]}/demo?delimiter=/`, { headers })).json();
  const first = [...prefixes, ...items.map((item) => item.key)][0];
  await dialog.getByText(first).first().waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Save" }).isDisabled(), true);
  await dialog.getByLabel("Type demo to make it public").fill("demo");
  await inspect(page, "access-public");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("The bucket gives everybody, signed in or not, list.").waitFor();
  await page.getByRole("button", { name: "Public…" }).click();
  await dialog.getByText("list", { exact: true }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("Not public").waitFor();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await dialog.getByText("Everybody, signed in or not").click();
  await page.getByRole("button", { name: "Stage" }).click();
  const review_ = await review(page);
  await review_.getByText("This makes files public").waitFor();
  await review_.getByText(first).first().waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Discard all" }).click();
  await page.getByText("not saved").waitFor({ state: "detached" });
  await visiting.end();
});

test("thousands of grants: few rows are in the document, and the keyboard does everything", async () => {
  const bucket = await bucketWith("access-many", give("", "ada", ["read", "admin"]));
  for (const part of [0, 1, 2]) {
    const changes = Array.from({ length: 1000 }, (_, at) => {
      const number = part * 1000 + at;
      return give("", `user-${String(number).padStart(4, "0")}`, ["read"], { prefix: `team-${String(number % 50).padStart(2, "0")}/` });
    });
    await asRoot("PATCH", `/v1/buckets/${bucket}/grants`, { changes });
  }
  const visiting = await visit();
  const { page } = visiting;
  await open(page, `/console/access?bucket=${bucket}`);
  await page.getByRole("button", { name: "Continue as ada" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("3,001 grants").waitFor();
  const rows = await page.getByRole("row").count();
  assert.ok(rows <= 60, `${rows} rows are in the document`);
  await page.getByRole("treegrid").focus();
  await page.keyboard.press("End");
  await row(page, "user-2999").waitFor();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  await page.getByText("1 change not saved").waitFor();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Delete");
  await page.getByText("2 changes not saved").waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("textbox", { name: "Reason" }).focus();
  await page.keyboard.type("stays after all");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("treegrid").focus();
  await inspect(page, "access-many");
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await row(page, "ada").first().waitFor({ state: "detached" });
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Review and save" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("gains write").waitFor();
  await dialog.getByText("reason “stays after all”").waitFor();
  await dialog.getByRole("button", { name: "Save", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("2 changes are saved.").waitFor();
  await page.getByLabel("Filter").fill("user-0007");
  await row(page, "user-0008").waitFor({ state: "detached" });
  await row(page, "user-0007").waitFor();
  await visiting.end();
  // Who looks up a user reads every bucket that they administer: this one is in nobody's way.
  await asRoot("DELETE", `/v1/buckets/${bucket}`);
});

test("the pages of access, light and dark, narrow and wide", async () => {
  const bucket = await bucketWith(
    "access-looks",
    give("", "ada", ["read", "write", "delete", "admin"]),
    give("", "carl", ["read"], { prefix: "reports/2026/", reason: "audit", expires_at: "2099-01-31T17:00:00Z" }),
    give("", "editors", ["read", "write"], { kind: "group", prefix: "reports/2026/" }),
    give("", "*", ["read", "write", "delete"], { kind: "authenticated", prefix: "home/${user}/", prefix_kind: "template" }),
  );
  const visiting = await visit({ ...NARROW, expected: [409] });
  const { page } = visiting;
  const dialog = page.getByRole("dialog");
  const leave = async () => {
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  };
  await page.clock.install();
  await open(page, "/console/access");
  await signInAs(page, "ada");
  await row(page, bucket).first().waitFor();
  await inspectLooks(page, "access-start");
  await row(page, bucket).first().getByRole("link", { name: bucket }).click();
  await row(page, "carl").waitFor();
  await cell(page, "write", "carl", "reports/2026/").check();
  await cell(page, "admin", "ada").uncheck();
  const everybody = row(page, "Everybody who signed in").locator(".link");
  await inspectLooks(page, "access-matrix", async (look) => {
    const isCut = await everybody.evaluate((one) => one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight);
    assert.equal(isCut, false, `the name is shown whole, ${look}`);
  });
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await dialog.waitFor();
  await inspectLooks(page, "access-add");
  await leave();
  await page.getByRole("button", { name: "Paste table" }).click();
  await dialog.waitFor();
  await inspectLooks(page, "access-table");
  await leave();
  await review(page);
  await page.getByText("The bucket would lose its last admin").waitFor();
  await inspectLooks(page, "access-review");
  await leave();
  await asRoot("PATCH", `/v1/buckets/${bucket}/grants`, { changes: [give("", "carl", ["list"], { prefix: "reports/2026/" })] });
  await lookAgain(page);
  await page.getByRole("button", { name: "Compare" }).click();
  await dialog.waitFor();
  await inspectLooks(page, "access-conflict");
  await leave();
  await page.getByRole("button", { name: "Discard all" }).click();
  await page.getByRole("radio", { name: "Who can do what" }).click();
  await row(page, "carl").first().waitFor();
  await inspectLooks(page, "access-held");
  await open(page, `/console/access?user=${idOf("carl")}`);
  await row(page, bucket).first().waitFor();
  await inspectLooks(page, "access-user");
  await visiting.end();
});
