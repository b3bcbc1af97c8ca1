import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { fixture } from '../../../test/support/services.ts'
import { identify } from '../../host/process-identity.ts'
import { isInstance, programOf } from './own-program.ts'

async function node(script: string, env: Record<string, string> = {}): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, [script], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout!, 'data')
  return child.pid!
}

test.runIf(process.platform === 'linux')(
  'another instance of a program is younger, runs the same script and is no service of another run',
  async () => {
    const script = fixture('service.mjs')
    const older = await node(script)
    const service = await node(script)
    const younger = await node(script)
    const ofAnotherRun = await node(script, { JARVIS_SERVICE: 'of-another-run' })
    const otherScript = await node(fixture('waits.mjs'))
    const own = programOf(identify(service), [process.execPath, script])
    const all = [older, service, younger, ofAnotherRun, otherScript]
    const answers = await Promise.all(all.map((pid) => isInstance(pid, own)))
    expect(answers).toEqual([false, false, true, false, false])
  },
)
