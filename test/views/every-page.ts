import { accountsPage } from "../../src/views/accounts.ts";
import { activityPage } from "../../src/views/activity.ts";
import { adminAccountsPage } from "../../src/views/admin-accounts.ts";
import { adminAuditPage } from "../../src/views/admin-audit.ts";
import { adminBotPage } from "../../src/views/admin-bot.ts";
import { adminBotKeyPage } from "../../src/views/admin-bot-key.ts";
import { adminBotsPage } from "../../src/views/admin-bots.ts";
import { adminDeliveriesPage, deliveryLists } from "../../src/views/admin-deliveries.ts";
import { adminOverviewPage } from "../../src/views/admin-overview.ts";
import { adminRepositoriesPage } from "../../src/views/admin-repositories.ts";
import { adminRepositoryPage } from "../../src/views/admin-repository.ts";
import { adminRevocationsPage } from "../../src/views/admin-revocations.ts";
import { adminUserPage } from "../../src/views/admin-user.ts";
import { adminUsersPage } from "../../src/views/admin-users.ts";
import { connectConfirmPage } from "../../src/views/connect-confirm.ts";
import { connectLinkPage } from "../../src/views/connect-link.ts";
import { apiPage } from "../../src/views/docs/api-page.ts";
import { erasePage } from "../../src/views/erase.ts";
import type { Html } from "../../src/views/html.ts";
import { messagePage } from "../../src/views/message.ts";
import { narrowPage } from "../../src/views/narrow.ts";
import { permissionsPage } from "../../src/views/permissions.ts";
import { sessionsPage } from "../../src/views/sessions.ts";
import { setupCreatePage } from "../../src/views/setup-create.ts";
import { setupDonePage } from "../../src/views/setup-done.ts";
import { setupQuestionsPage } from "../../src/views/setup-questions.ts";
import { signInPage } from "../../src/views/sign-in.ts";

const date = new Date("2025-11-21T19:05:00Z");
const states = ["not_connected", "pending", "active", "limited", "revoked"] as const;
const fields = [undefined, "bot", "repositories", "capability", "branches", "until"] as const;

/** Every page in every state, with one text in each place where text comes from outside. */
export function everyPage(text: string): [name: string, page: Html][] {
  const viewer = { login: text, avatarUrl: text };
  const bots = [{ id: text, name: text }];
  const capabilities = [
    { id: text, words: text, means: text },
    { id: "push", words: "push" },
  ];
  const delegation = { botName: text, provider: text, createdAt: date, capabilities: [text, "constructor"] };
  const account = { provider: text, providerName: text, login: text, name: text, avatarUrl: text, settingsUrl: text };
  const ended = { connectedAt: date, lastUsedAt: date, accessExpiresAt: date, revocationReason: text };
  const far = { repositories: [text, `${text}/*`, "*"], branches: [], capabilities: [text, "api:write", "workflows"] };
  const near = { repositories: [text], branches: [text, text], capabilities: ["push"] };
  const offered = {
    permitted: [text, "other-bot"],
    offers: [
      { ...far, id: text, botName: text },
      { ...near, id: "2", botName: text },
    ],
  };
  const request = { botName: text, query: text, leftOut: true, refusedAt: date, until: date };
  const form = {
    botId: text,
    provider: text,
    repositories: text,
    capabilities: [text],
    branches: text,
    until: text,
    error: text,
  };
  const field = { name: text, type: text, required: true, says: text };
  const parts = [{ ...field, fields: [{ ...field, required: false, says: null, fields: [] }] }];
  const operation = {
    id: text,
    method: text,
    path: text,
    summary: text,
    description: text,
    keys: [text, text],
    parameters: [{ place: text, fields: parts }],
    body: { required: false, fields: parts, example: text },
    answers: [{ status: text, says: text, fields: parts }],
    problems: [{ status: text, says: text, codes: [text, text] }],
  };
  return [
    ["sign-in", signInPage({ providers: [{ id: text, name: text }], notice: text })],
    ["sign-in without providers", signInPage({ providers: [] })],
    ...states.flatMap((state): [string, Html][] =>
      ([null, "pending", "unconfirmed"] as const).map((revocation) => [
        `accounts, ${state}, revocation ${revocation}`,
        accountsPage({
          viewer,
          accounts: [{ ...account, ...ended, state, revocation }],
          notice: { kind: "success", text },
        }),
      ]),
    ),
    [
      "accounts, limited, with more to ask for",
      accountsPage({
        viewer,
        accounts: [
          {
            ...account,
            ...ended,
            state: "limited",
            scopes: { granted: [text], missing: [text, text], more: [text, text] },
          },
          { ...account, ...ended, state: "active", scopes: { missing: [], more: [text] }, disconnectWarning: text },
        ],
        notice: null,
      }),
    ],
    [
      "accounts, of a provider that lets no app end an access",
      accountsPage({
        viewer,
        accounts: [
          { ...account, ...ended, state: "active", endsThere: false, disconnectWarning: text },
          { ...account, ...ended, state: "revoked", revocation: "unconfirmed", endsThere: false },
        ],
        notice: null,
      }),
    ],
    [
      "accounts, with bots that may act once it is connected",
      accountsPage({
        viewer,
        capabilities,
        accounts: [
          { ...account, state: "not_connected", ...offered },
          { ...account, ...ended, state: "revoked", ...offered },
        ],
      }),
    ],
    ...[offered, { offers: [], permitted: [] }].map((bots, index): [string, Html] => [
      `connect link ${index}`,
      connectLinkPage({
        ...{
          viewer: index === 0 ? viewer : null,
          action: "/connect-links/x",
          providerName: text,
          platform: text,
          user: text,
        },
        ...{ login: text, scopes: [text, text], connectedAs: index === 0 ? null : text, capabilities, ...bots },
      }),
    ]),
    ...[[], [text, text]].map((texts, index): [string, Html] => [
      `connect confirmation ${index}`,
      connectConfirmPage({
        ...{ viewer, action: "/connecting/x", providerName: text, platform: text, user: text, login: text, name: text },
        ...{ bots: texts, missing: texts },
      }),
    ]),
    ["accounts without providers", accountsPage({ viewer, accounts: [] })],
    [
      "accounts, unknown reason",
      accountsPage({ viewer, accounts: [{ ...account, state: "revoked", revocationReason: "constructor" }] }),
    ],
    ...[viewer, null].map((viewer): [string, Html] => [
      `the API's reference, ${viewer ? "signed in" : "signed out"}`,
      apiPage({
        viewer,
        introduction: `${text}\n\n- \`${text}\`\n- ${text}`,
        documentPath: "/docs/openapi.json",
        keys: [text, text],
        areas: [{ name: text, says: text, operations: [operation, { ...operation, id: "2", body: null, keys: [] }] }],
      }),
    ]),
    ["erase", erasePage({ viewer, word: text })],
    ["erase, not confirmed", erasePage({ viewer, word: text, error: text })],
    ...fields.map((field): [string, Html] => [
      `permissions, error at ${field}`,
      permissionsPage({
        viewer,
        bots,
        capabilities,
        delegations: [
          { ...delegation, id: text, repositories: [text, `${text}/*`], branches: [text, text], until: date },
          { ...delegation, id: "2", repositories: [], branches: [], until: null },
        ],
        apps: bots,
        form: { ...form, field },
        notice: { kind: "danger", text, link: { href: text, text } },
      }),
    ]),
    ...[far, near].map((scope, index): [string, Html] => [
      `permissions, request ${index}`,
      permissionsPage({
        viewer,
        bots,
        capabilities,
        delegations: [{ ...delegation, ...near, id: text, through: text, until: date, grantedBy: "offer", limit: far }],
        refusals: [{ botName: text, through: text, refusedAt: date }],
        apps: [...bots, { id: "github-lite", name: text }],
        request: { ...request, ...scope, account: text, ceiling: index === 0 ? near : null },
        form,
      }),
    ]),
    [
      "permissions, request that says nothing",
      permissionsPage({
        viewer,
        bots,
        capabilities,
        delegations: [],
        request: { ...request, repositories: [], branches: [], capabilities: [], until: null, ceiling: far },
      }),
    ],
    ...activityPages(text),
    ...sessionPages(text),
    ...fields.map((field): [string, Html] => [
      `narrow a permission, error at ${field}`,
      narrowPage({
        viewer,
        capabilities,
        delegation: { ...delegation, ...near, id: text, until: field ? date : null },
        form: { ...form, field },
      }),
    ]),
    ...adminPages(text),
    ["permissions without bots", permissionsPage({ viewer, bots: [], capabilities: [], delegations: [] })],
    [
      "message with a link",
      messagePage({ title: text, tone: "danger", says: text, todo: text, code: text, action: { href: text, text } }),
    ],
    [
      "message with a form",
      messagePage({
        title: text,
        tone: "info",
        says: text,
        todo: text,
        viewer,
        action: { post: "/x", text, fields: { csrf: text } },
      }),
    ],
    ...setupPages(text),
  ];
}

function sessionPages(text: string): [name: string, page: Html][] {
  const viewer = { login: text, avatarUrl: text };
  const notice = { kind: "success", text } as const;
  const session = { publicId: text, browser: text, signedInAt: date, lastSeenAt: date, expiresAt: date, current: true };
  const scope = { repositories: [text], branches: [text], capabilities: [text] };
  const pass = { ...scope, id: text, bot: text, runUrl: text, createdAt: date, expiresAt: date };
  const page = { viewer, notice, sessions: [session], moreSessions: false, passes: [], capabilities: [] };
  const none = { first: null, next: null };
  const other = { ...session, browser: null, current: false };
  const passes = [pass, { ...pass, branches: ["*"], runUrl: "https://ci.example/1" }];
  return [
    ["sessions, the only one", sessionsPage({ ...page, ...none })],
    [
      "sessions and passes",
      sessionsPage({ ...page, sessions: [session, other], moreSessions: true, passes, first: text, next: text }),
    ],
  ];
}

function activityPages(text: string): [name: string, page: Html][] {
  const days = ["2025-11-19", "2025-11-20", text];
  const series = (name: string) => ({ name, counts: [1, 0, 300] });
  const entered = { bot: text, kind: text, result: text, repository: text, from: text, to: text };
  const filter = { action: "/activity", bots: [{ id: text, name: text }], kinds: [text, "commit"] };
  const results = ["succeeded", "failed", "started"] as const;
  const entry = {
    action: text,
    result: "failed",
    code: text,
    reason: text,
    at: date,
    bot: text,
    requester: text,
    providerName: text,
    repository: text,
    branch: text,
    attribution: text,
    call: text,
    link: text,
    runUrl: text,
  } as const;
  const page = {
    viewer: { login: text, avatarUrl: text },
    days,
    bots: [],
    filter: { ...filter, entered, results },
    entries: [],
    newest: null,
    older: null,
    searchedUntil: null,
    exports: { csv: text, ndjson: text },
    mostExported: 100,
  };
  const empty = { ...page.filter, entered: { bot: "", kind: "", result: "", repository: "", from: "", to: "" } };
  const actors = ["bot", "user", "operator", "admin", "platform", "provider", "system"];
  const link = "https://github.com/a/b/commit/123456789";
  const attributed = { ...entry, action: "commit", attribution: "user", link, runUrl: "https://ci.example/1" } as const;
  const few = [series(text), series("deploy-bot")];
  const many = [1, 2, 3, 4, 5, 6].map((number) => series(`${text}${number}`));
  return [
    [
      "activity",
      activityPage({
        ...page,
        bots: few,
        entries: [...actors.map((actor) => ({ ...entry, actor })), { ...attributed, actor: "bot" }],
        newest: text,
        older: text,
        searchedUntil: date,
      }),
    ],
    ["activity, many bots", activityPage({ ...page, bots: [...few, ...many], filter: empty })],
    ["activity, faults", activityPage({ ...page, filter: { ...page.filter, faults: entered } })],
    ["activity, nothing fits", activityPage(page)],
    ["activity, nothing found so far", activityPage({ ...page, older: "/activity?before=7", searchedUntil: date })],
    ["activity, nothing older", activityPage({ ...page, newest: "/activity" })],
    ["activity of a newcomer", activityPage({ ...page, filter: empty })],
  ];
}

function adminPages(text: string): [name: string, page: Html][] {
  const viewer = { login: text, avatarUrl: text, admin: true };
  const pages = { first: text, next: text, notice: { kind: "warning", text } } as const;
  const account = {
    id: text,
    providerName: text,
    state: "active",
    login: text,
    name: text,
    avatarUrl: text,
    externalId: text,
    connectedAt: date,
    lastUsedAt: date,
  } as const;
  const revocation = {
    id: text,
    providerName: text,
    kind: "grant",
    state: "pending",
    login: text,
    externalId: text,
    erased: false,
    attempts: 3,
    lastError: text,
    nextAttemptAt: date,
    running: false,
    createdAt: date,
  } as const;
  const filter = {
    provider: text,
    state: text,
    providers: [{ id: text, name: text }],
    states: ["active", "limited", "pending"],
  } as const;
  const others = { login: null, attempts: 1, running: true } as const;
  const none = { first: null, next: null };
  return [
    [
      "admin, accounts",
      adminAccountsPage({
        viewer,
        ...pages,
        search: text,
        filter,
        accounts: [account, { ...account, state: "limited", name: null, externalId: null, lastUsedAt: null }],
      }),
    ],
    ["admin, nobody found", adminAccountsPage({ viewer, ...none, search: text, filter, accounts: [] })],
    [
      "admin, nobody connected",
      adminAccountsPage({ viewer, ...none, search: "", filter: { ...filter, provider: "", state: "" }, accounts: [] }),
    ],
    [
      "admin, revocations",
      adminRevocationsPage({
        viewer,
        ...pages,
        revocations: [
          revocation,
          { ...revocation, ...others, kind: "token" },
          { ...revocation, ...others, externalId: null, state: "unconfirmed" },
          { ...revocation, ...others, externalId: null, erased: true, state: "unconfirmed" },
        ],
      }),
    ],
    ...adminBotPages(text),
    ...adminOtherPages(text),
    ["admin, no revocations", adminRevocationsPage({ viewer, ...none, revocations: [] })],
  ];
}

function adminOtherPages(text: string): [name: string, page: Html][] {
  const viewer = { login: text, avatarUrl: text, admin: true };
  const notice = { kind: "warning", text } as const;
  const none = { first: null, next: null };
  const pages = { first: text, next: text, notice };
  const series = (name: string) => ({ name, counts: [0, 2] });
  const days = ["2025-11-20", "2025-11-21"];
  const queue = { name: text, href: "/admin/deliveries", parkedWords: text };
  const drawn = { viewer, days, providers: [text, "google"], accounts: [series(text), series("revoked")] };
  const user = {
    id: text,
    externalId: text,
    role: "admin",
    status: "active",
    createdAt: date,
    identities: [{ providerName: text, providerUid: text, login: text }],
    accounts: [
      { id: text, providerName: text, state: text },
      { id: text, providerName: text, state: "active" },
    ],
  } as const;
  const nameless = { ...user, role: "member", identities: [], accounts: [] } as const;
  const erased = { ...nameless, externalId: null, status: "erased" } as const;
  const listed = { viewer, ...none, search: "", status: "", more: false, users: [] } as const;
  const delivery = { id: text, event: text, about: text, reference: text, lastError: text, at: date };
  const deliveries = [
    { ...delivery, attempts: 12, nextAttemptAt: null },
    { ...delivery, attempts: 1, nextAttemptAt: date },
    { ...delivery, attempts: 0, lastError: null, nextAttemptAt: date },
  ];
  const counts = { "in-failed": 3, "in-waiting": 0, "out-failed": 1, "out-waiting": 2 };
  const repository = {
    id: text,
    name: text,
    providerName: text,
    syncedBy: { userId: text, login: text, externalId: text },
    syncedByEnded: false,
    everySeconds: 300,
    nextSyncAt: date,
    running: false,
    last: { result: "failed", code: text, at: date },
  } as const;
  const asApp = {
    ...repository,
    syncedBy: null,
    syncedByEnded: true,
    everySeconds: null,
    nextSyncAt: null,
    last: null,
  };
  const run = {
    reason: "push",
    attribution: "user",
    login: text,
    fallbackReason: text,
    code: text,
    startedAt: date,
  } as const;
  const runs = [
    { ...run, result: "failed", finishedAt: date },
    { ...run, result: "started", attribution: "app", code: null, fallbackReason: null, finishedAt: null },
  ] as const;
  const entered = { bot: text, kind: text, result: text, repository: text, from: text, to: text };
  const filter = {
    action: "/admin/audit",
    entered,
    bots: [{ id: text, name: text }],
    kinds: [text],
    results: ["failed"],
  } as const;
  const entry = {
    action: text,
    actor: "bot",
    result: "failed",
    code: text,
    reason: text,
    at: date,
    bot: text,
    requester: text,
    providerName: text,
    repository: text,
    branch: text,
    attribution: "user",
    link: text,
    runUrl: text,
    person: { userId: text, externalId: text, login: text, providerUid: text },
  } as const;
  const log = {
    viewer,
    filter: { ...filter, user: { entered: text, fault: null } },
    entries: [],
    newest: null,
    older: null,
    searchedUntil: null,
    exports: { csv: text, ndjson: text },
    mostExported: 100,
  };
  return [
    [
      "admin, overview",
      adminOverviewPage({
        ...drawn,
        actions: [series(text), series("app")],
        failures: [series(text)],
        queues: [
          { ...queue, waiting: 3, oldestSeconds: 7300, parked: 2 },
          { ...queue, waiting: 0, oldestSeconds: 0, parked: 0 },
        ],
      }),
    ],
    [
      "admin, overview of nothing",
      adminOverviewPage({ ...drawn, providers: [], accounts: [], actions: [], failures: [], queues: [] }),
    ],
    [
      "admin, users",
      adminUsersPage({ ...listed, ...pages, search: text, more: true, users: [user, nameless, erased] }),
    ],
    ["admin, no users", adminUsersPage(listed)],
    ["admin, no such user", adminUsersPage({ ...listed, status: "erased", letIn: { number: text, error: text } })],
    ["admin, a user", adminUserPage({ viewer, user, own: false, word: text, notice })],
    ["admin, a user, error", adminUserPage({ viewer, user: nameless, own: false, word: text, error: text })],
    [
      "admin, a deactivated user",
      adminUserPage({ viewer, user: { ...user, status: "deactivated" }, own: false, word: text }),
    ],
    ["admin, an erased user", adminUserPage({ viewer, user: erased, own: false, word: text })],
    ["admin, the admin", adminUserPage({ viewer, user, own: true, word: text })],
    ...deliveryLists.flatMap((list): [string, Html][] => [
      [`admin, deliveries ${list}`, adminDeliveriesPage({ viewer, list, counts, deliveries, ...pages })],
      [`admin, no deliveries ${list}`, adminDeliveriesPage({ viewer, list, counts, deliveries: [], ...none })],
    ]),
    ["admin, repositories", adminRepositoriesPage({ viewer, repositories: [repository, asApp], ...pages })],
    ["admin, no repositories", adminRepositoriesPage({ viewer, repositories: [], ...none })],
    ["admin, a repository", adminRepositoryPage({ viewer, repository, runs, ...pages })],
    ["admin, a new repository", adminRepositoryPage({ viewer, repository: asApp, runs: [], ...none })],
    ...(["user", null] as const).map((field): [string, Html] => [
      `admin, a repository, error at ${field}`,
      adminRepositoryPage({ viewer, repository, runs, ...none, form: { as: "user", user: text, error: text, field } }),
    ]),
    [
      "admin, audit log",
      adminAuditPage({
        ...log,
        entries: [
          entry,
          { ...entry, actor: "admin", person: { ...entry.person, login: null } },
          { ...entry, actor: "user", person: null },
        ],
        newest: text,
        older: text,
        searchedUntil: date,
      }),
    ],
    [
      "admin, audit log, faults",
      adminAuditPage({ ...log, filter: { ...filter, faults: entered, user: { entered: text, fault: text } } }),
    ],
    ["admin, audit log, nothing fits", adminAuditPage(log)],
    ["admin, audit log, nothing found so far", adminAuditPage({ ...log, older: text, searchedUntil: date })],
    ["admin, audit log, nothing older", adminAuditPage({ ...log, newest: text })],
  ];
}

function adminBotPages(text: string): [name: string, page: Html][] {
  const viewer = { login: text, avatarUrl: text, admin: true };
  const notice = { kind: "success", text } as const;
  const capabilities = [
    { id: text, words: text, means: text },
    { id: "push", words: "push" },
  ];
  const scope = { repositories: [text, `${text}/*`, "*"], branches: [text], capabilities: [text, "workflows"] };
  const offered = { provider: text, app: null, scope: null };
  const keys = [
    { id: text, createdAt: date, endsAt: null, lastUsedAt: null },
    { id: text, createdAt: date, endsAt: date, lastUsedAt: date },
  ];
  const bot = {
    id: text,
    name: text,
    kind: "bot",
    createdAt: date,
    keys: [],
    ceiling: null,
    offers: [offered],
  } as const;
  const offers = [offered, { provider: "github-lite", app: text, scope: { ...scope, branches: ["*"] } }];
  const limited = { ...bot, keys, ceiling: scope, offers };
  const platform = { ...bot, kind: "platform", keys, offers: [] } as const;
  const entered = { repositories: text, branches: text, capabilities: [text], error: text };
  const wrong = [
    { which: "ceiling", field: "repositories" },
    { which: "ceiling", field: "capability" },
    { which: "offer", field: "branches" },
    { which: "offer", field: null },
  ] as const;
  return [
    ["admin, bots", adminBotsPage({ viewer, capabilities, notice, bots: [bot, limited, platform] })],
    [
      "admin, bots, error",
      adminBotsPage({ viewer, capabilities, bots: [], form: { name: text, kind: text, error: text } }),
    ],
    ["admin, no bots", adminBotsPage({ viewer, capabilities, bots: [] })],
    ["admin, a bot", adminBotPage({ viewer, capabilities, bot })],
    ["admin, a platform", adminBotPage({ viewer, capabilities, bot: platform, confirmError: text })],
    ...(["old", "until", null] as const).map((field): [string, Html] => [
      `admin, a bot, error at ${field} of its keys`,
      adminBotPage({ viewer, capabilities, bot: limited, keyForm: { old: text, until: text, error: text, field } }),
    ]),
    ["admin, a key", adminBotKeyPage({ viewer, bot, key: text })],
    ["admin, a bot with limit and offer", adminBotPage({ viewer, capabilities, notice, bot: limited })],
    ...wrong.map((place): [string, Html] => [
      `admin, a bot, error at ${place.field} of the ${place.which}`,
      adminBotPage({ viewer, capabilities, bot: limited, form: { ...entered, ...place } }),
    ]),
  ];
}

function setupPages(text: string): [name: string, page: Html][] {
  const answers = {
    publicUrl: text,
    githubUrl: text,
    owner: text,
    organization: text,
    signIn: text,
    name: text,
  };
  const create = { name: text, publicUrl: text, githubHost: text, manifest: text, action: text, changeUrl: text };
  const permissions = [
    { name: text, level: text },
    { name: "metadata", level: "read" },
  ];
  const done = { name: text, owner: text, installUrl: text, file: text, publicUrl: text, csrf: text };
  const everything = { publicUrl: true, githubUrl: true, signIn: true };
  return [
    ["set-up, questions", setupQuestionsPage({ answers, asks: everything, faults: {}, longestName: 34, csrf: text })],
    [
      "set-up, faults everywhere",
      setupQuestionsPage({ answers, asks: everything, faults: answers, longestName: 34, csrf: text }),
    ],
    [
      "set-up, questions that the environment has answered",
      setupQuestionsPage({
        answers: { ...answers, owner: "own", signIn: "closed" },
        asks: { publicUrl: false, githubUrl: false, signIn: false },
        faults: {},
        longestName: 34,
        csrf: text,
      }),
    ],
    ...(["direct", "proxy", "off"] as const).map((webhooks): [string, Html] => [
      `set-up, create, webhooks ${webhooks}`,
      setupCreatePage({ ...create, permissions, webhooks, organization: text, signIn: `org:${text}` }),
    ]),
    [
      "set-up, create in one's own account",
      setupCreatePage({ ...create, permissions, webhooks: "off", organization: null, signIn: "open", changeUrl: null }),
    ],
    ["set-up, done", setupDonePage({ ...done, admin: text })],
    ["set-up, done with admins of the environment", setupDonePage({ ...done, admin: null })],
  ];
}

/** The tags of a page; escaped text holds none. */
export function tags(page: Html | string): string[] {
  return String(page).match(/<[^>]*>/g) ?? [];
}

/** The value of an attribute in a tag. */
export function attribute(tag: string, name: string): string | undefined {
  return new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1];
}
