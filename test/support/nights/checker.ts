import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Night } from './night.ts'
import type { Verdict } from './verdict.ts'

const cli = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))

/** Has a night judged by a process of its own. */
export async function judged(night: Night, calm: Night): Promise<Verdict> {
  const program = fileURLToPath(new URL('checker-main.ts', import.meta.url))
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/' })
  child.stdin.end(JSON.stringify({ night, calm, cli }))
  const said = await text(child.stdout)
  if (said === '') throw new Error(`The checker says nothing of the night ${night.plan.seed}`)
  return JSON.parse(said) as Verdict
}
