import { hostIdentity, type HostIdentity } from '../../host/host-identity.ts'
import { identify, type ProcessIdentity } from '../../host/process-identity.ts'

let own: ProcessIdentity | undefined

/** This process and where it runs; asked for once, as some systems take long to tell a start time. */
export function ownProcess(): ProcessIdentity & { host: HostIdentity } {
  own ??= identify(process.pid)
  return { ...own, host: hostIdentity() }
}
