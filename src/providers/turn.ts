/**
 * Sends something when its turn has come, where a provider counts the requests of all replicas together.
 * @throws ProviderFailure `throttled` when that would take too long; nothing was sent then
 */
export type Turn = <Result>(send: () => Promise<Result>) => Promise<Result>;
