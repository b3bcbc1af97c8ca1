import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createProject } from './support/project.ts'
import { run } from './support/run.ts'

const canTrace = spawnSync('strace', ['-e', 'trace=none', 'true']).status === 0

test.skipIf(!canTrace)(
  `story, telemetry and the logs of services are synced when a loadout stops and when the run ends${canTrace ? '' : ' (skipped: strace is not here, or may not trace)'}`,
  async () => {
    const project = createProject('slow')
    const trace = join(project.root, 'trace')
    const { code, session } = await run(project, {
      env: { JARVIS_PLAN: 'plans/two_loadouts.yaml' },
      before: ['strace', '-f', '-y', '--seccomp-bpf', '-e', 'trace=fdatasync,fsync', '-o', trace],
    })
    expect(code).toBe(0)
    const directory = session!.directory
    const names = session!.names().filter((name) => /^(svc_|progression|telemetry)/.test(name))
    expect(names).toHaveLength(4)
    const synced = readFileSync(trace, 'utf8').matchAll(/f(?:data)?sync\(\d+<([^>]+)>/g)
    const paths = [...synced].map(([, path]) => path!)
    const times = (path: string): number => paths.filter((one) => one === path).length
    for (const name of names) {
      const isLog = name.startsWith('svc_')
      // Two loadouts stop, and the run ends; of these the last two may be one.
      const least = isLog ? 1 : 2
      const most = isLog ? 2 : 3
      expect({ name, isEnough: times(join(directory, name)) >= least }).toEqual({
        name,
        isEnough: true,
      })
      expect({ name, isFew: times(join(directory, name)) <= most }).toEqual({ name, isFew: true })
    }
    expect(paths.lastIndexOf(join(directory, 'progression.log'))).toBeGreaterThan(
      paths.lastIndexOf(join(directory, 'events.jsonl')),
    )
    expect(times(directory)).toBeGreaterThan(0)
  },
)
