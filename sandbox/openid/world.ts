import type Provider from "oidc-provider";
import type { OpenidClient, Shape } from "./openid-provider.ts";
import type { OpenidPerson } from "./people.ts";
import type { SigningKey } from "./signing-key.ts";
import type { OpenidSwitches } from "./switches.ts";
import type { TokenStore } from "./token-store.ts";

/** What the parts of a provider share. */
export interface OpenidWorld {
  shape: Shape;
  issuer: string;
  port: number;
  people: OpenidPerson[];
  clients: OpenidClient[];
  /** Which may be asked for besides openid, email and profile. */
  scopes: string[];
  switches: OpenidSwitches;
  store: TokenStore;
  key: SigningKey;
  provider: Provider;
  /** Grants that come with a refresh token, by their id: Google decides it when it asks the person. */
  offlineGrants: Set<string>;
  /** Where security events are sent by themselves. */
  eventReceiver: string | null;
}

/** The clients that lose together what a person granted one of them. */
export function sameProject(world: OpenidWorld, clientId: string): (other: string) => boolean {
  const project = projectOf(world, clientId);
  return (other) => projectOf(world, other) === project;
}

function projectOf({ clients }: OpenidWorld, id: string): string {
  return clients.find(({ clientId }) => clientId === id)?.project ?? id;
}
