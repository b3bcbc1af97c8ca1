import { createDashboard, type Dashboard, type Estimate } from '../dashboard/index.ts'
import { progressionLines } from '../session/projections/progression.ts'

/** The live screen of what another process drives. `q` leaves it, and what is driven goes on. */
export function followedScreen(
  left: AbortController,
  env: NodeJS.ProcessEnv,
  estimate: Estimate,
): Dashboard {
  return createDashboard({
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin.isTTY ? process.stdin : null,
    env,
    describe: progressionLines,
    estimate,
    onCancel: () => left.abort(),
    quitWord: 'leave',
  })
}

/** What was over from the beginning is there to be looked at, until somebody leaves. */
export async function lookedAt(wasOver: boolean, { signal }: AbortController): Promise<void> {
  if (!wasOver || !process.stdin.isTTY || signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
}
