/**
 * Environment entry that marks everything a session started: its absolute directory. Whatever a service
 * forks inherits it, also into other process groups and sessions.
 */
export const SESSION_TAG = 'JARVIS_SESSION'

/** Environment entry that marks everything one service started. */
export const SERVICE_TAG = 'JARVIS_SERVICE'

/** Environment entry that marks everything one request to a `cli://` service started. */
export const INVOCATION_TAG = 'JARVIS_INVOCATION'

/** The entry as it stands in an environment: what a scan looks for, whole. */
export function sessionTag(directory: string): string {
  return `${SESSION_TAG}=${directory}`
}

/** As {@link sessionTag}, for one start of one service. */
export function serviceTag(id: string): string {
  return `${SERVICE_TAG}=${id}`
}

/** As {@link sessionTag}, for one request to a `cli://` service. */
export function invocationTag(id: string): string {
  return `${INVOCATION_TAG}=${id}`
}
