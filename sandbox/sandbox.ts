import type { Fault } from "./http/faults.ts";
import type { RecordedRequest } from "./http/request-log.ts";
import type { Seed } from "./seed.ts";
import type { Switches } from "./switches.ts";
import type { DeliverOptions, DeliveryRecord } from "./webhooks/webhooks.ts";
import type { AppChange, InstallationChange } from "./world/change-app.ts";
import type { Person } from "./world/people.ts";
import type { AppKeys } from "./world/register-app.ts";
import type { RepositoryOptions } from "./world/repositories.ts";
import type { SandboxApp } from "./world/world.ts";

export interface SandboxOptions {
  /** 0: any. */
  port?: number;
  /** Where REST lives below the same origin; GraphQL is at `/graphql`, or at `/api/graphql` for `/api/v3` (the default). */
  apiPath?: "" | "/api/v3";
  /** Where the bare repositories live; by default a fresh temporary folder that `close` removes. */
  dataDir?: string;
  seed?: Seed;
  /** False: there is no app until somebody registers one from a manifest. */
  app?: boolean;
  /** The app's keys, for who starts many sandboxes: making them is most of a start. By default new ones. */
  appKeys?: AppKeys;
  /** A second app, whose grants, installations and deliveries are its own. By default there is none. */
  secondApp?: boolean;
  secondAppKeys?: AppKeys;
  switches?: Partial<Switches>;
  /** Added to each answer. */
  latencyMs?: number;
}

/** One app, and what its owner, the people who authorise it and those who install it do. */
export interface AppControls {
  /** Changes in place when an app is registered from a manifest. */
  app: SandboxApp;
  /** Exact match at authorize and at exchange, at most 10. */
  setCallbackUrls(urls: string[]): void;
  setWebhookUrl(url: string): void;
  /** Newest last. */
  deliveries: DeliveryRecord[];
  /** The body of a delivery, as it was sent. */
  payload(delivery: DeliveryRecord): string;
  /** A signed delivery of anything. */
  deliver(event: string, payload: object, options?: DeliverOptions): Promise<{ status: number; id: string }>;
  /** As on the person's settings page: kills all of the person's tokens and tells the app, unless `deliver` is false. */
  revokeGrant(login: string, options?: { deliver?: boolean }): Promise<void>;
  /** The person's access tokens expire now; their refresh tokens live. */
  expireAccessToken(login: string): void;
  /** On which of an owner's repositories the app is installed; null: nowhere. */
  setInstallation(owner: string, installation: "all" | string[] | null): void;
  /** Changes what the app asks for; installations have it when they accepted it. */
  updateApp(change: AppChange): void;
  /** Suspends an owner's installation, wakes it, or accepts what the app asks for now. */
  updateInstallation(owner: string, change: InstallationChange): void;
  grants(): { login: string; tokens: number }[];
}

/** A running GitHub of our own; what it says of an app is about the first one. */
export interface Sandbox extends AppControls {
  webUrl: string;
  apiUrl: string;
  /** Null: there is no second app. */
  second: AppControls | null;
  /** May be changed while it runs. */
  switches: Switches;
  /** The key that signs web commits, as in an `allowed_signers` file. */
  signingPublicKey: string;
  /** Every access, refresh and installation token ever issued, and every code. */
  issuedTokens(): string[];
  /** Newest last, bounded. */
  requests: RecordedRequest[];
  faults: { add(fault: Fault): void; clear(): void };
  /** Waits for deliveries that are under way. */
  settled(): Promise<void>;
  /** Makes all codes older. */
  ageCodes(milliseconds: number): void;
  /** Makes the codes of registered apps older. */
  ageRegistrations(milliseconds: number): void;
  repository(fullName: string): { path: string; head(branch?: string): string };
  addRepository(fullName: string, options?: RepositoryOptions & { from?: string }): Promise<void>;
  updateRepository(fullName: string, change: Partial<RepositoryOptions>): void;
  /** Renames it, or gives it to another owner. Its old name leads to it until somebody takes it. */
  renameRepository(fullName: string, to: string): void;
  /** A person comments on an issue, which need not be there, or on a pull request; the app is told of it. */
  comment(fullName: string, comment: { issue: number; login: string; body: string; viaApp?: boolean }): { id: number };
  /** What was said in a repository, the oldest first. */
  comments(fullName: string): { issue: number; login: string; body: string }[];
  addPerson(person: Person): void;
  updatePerson(login: string, change: Partial<Person>): void;
  close(): Promise<void>;
}
