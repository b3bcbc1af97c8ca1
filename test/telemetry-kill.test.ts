import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { canStandIn, nvidiaSmi } from './support/nvidia-smi.ts'
import { eventually } from './support/poll.ts'
import { allProcesses, showsProcesses } from './support/processes.ts'
import { createProject } from './support/project.ts'
import { start } from './support/run.ts'

test.skipIf(!canStandIn || !showsProcesses)(
  'a killed run leaves no sampler, also one that hangs, and a telemetry.csv that is whole',
  async () => {
    const smi = nvidiaSmi('stuck')
    const project = createProject('telemetry')
    const going = start(project, { env: { ...smi.env, JARVIS_PLAN: 'plans/foreign.yaml' } })
    onTestFinished(() => void going.child.kill('SIGKILL'))
    await going.until('Model Ready')
    const entry = `NVIDIA_SMI_STATE=${smi.state}`
    const samplers = (): number[] =>
      allProcesses()
        .filter(({ command, environment }) => {
          return command.includes('--query-') && environment.includes(entry)
        })
        .map(({ pid }) => pid)
    expect(samplers()).toHaveLength(2)
    const closed = once(going.child, 'close')
    going.child.kill('SIGKILL')
    await closed
    await eventually(150_000, () => expect(samplers()).toEqual([]))
    const { session } = await going.ended()
    await eventually(150_000, () => {
      expect(session!.eventsOf('run_ended')).toHaveLength(1)
      const lines = session!.names().includes('telemetry.csv')
        ? session!.text('telemetry.csv').trimEnd().split('\n').slice(1)
        : []
      expect(lines).toHaveLength(session!.eventsOf('sample').length)
    })
  },
)
