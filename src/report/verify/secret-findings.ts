import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { secretsInFile } from '../../host/black-out-file.ts'
import { knowRunSecrets, secretsOfRun } from '../../session/run-secrets.ts'
import type { Difference } from './types.ts'

const SERVICE_LOG = /^svc_.*\.log$/
/** Packed, so that nothing is found in it; what it is made of is looked at. */
const PACKED = /\.xlsx$/

/**
 * Where values that were secret in the run stand in its files, as far as the environment holds them, and what of the
 * session is as services wrote it.
 */
export async function secretFindings(
  directory: string,
  files: readonly string[],
): Promise<{ differences: Difference[]; notes: string[] }> {
  const { names, inLogs } = secretsOfRun(directory)
  const missing = knowRunSecrets(directory)
  const kept = await readdir(join(directory, 'attachments')).catch(() => [])
  const differences: Difference[] = []
  const notes: string[] = []
  for (const file of [...files, ...kept.map((name) => `attachments/${name}`)]) {
    if (names.length === missing.length || PACKED.test(file)) continue
    // oxlint-disable-next-line no-await-in-loop -- one file after the other: they may be large
    const found = await secretsInFile(join(directory, file)).catch(() => 0)
    if (found === 0) continue
    const times = found === 1 ? 'once' : found === 2 ? 'twice' : `${found} times`
    const what = `holds a value that is secret, ${times}`
    if (SERVICE_LOG.test(file) && !inLogs) notes.push(`${file} ${what}.`)
    else differences.push({ file, what, mendable: SERVICE_LOG.test(file) })
  }
  const logs = files.filter((file) => SERVICE_LOG.test(file)).length
  if (logs > 0 && !inLogs) notes.push(verbatim(logs))
  if (missing.length > 0) {
    const verb = missing.length === 1 ? 'is' : 'are'
    const what = 'whether a value of that name stands in the session is not known'
    notes.push(`${missing.join(', ')} ${verb} not set here: ${what}.`)
  }
  return { differences, notes }
}

function verbatim(logs: number): string {
  const what =
    logs === 1
      ? '1 log of a service is as the service wrote it'
      : `${logs} logs of services are as the services wrote them`
  const advice = 'look through svc_*.log before you hand the session on'
  return `${what}: ${advice} (\`redact_logs: true\` in the plan's settings blacks out what is secret).`
}
