import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { canStandIn } from './support/nvidia-smi.ts'
import { memoryProject } from './support/memory-project.ts'
import { run } from './support/run.ts'

const PROGRAM = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

/** Lines without what differs between two machines. */
function normal(text: string): string {
  const texts: [RegExp, string][] = [
    [/^\[\d\d:\d\d:\d\d\] /gm, ''],
    [/pid \d+/g, 'pid <pid>'],
    [/port \d+/g, 'port <port>'],
    [/\d+\.\d+s\b/g, '<s>'],
    [/RUN_\d{8}_\d{6}/g, 'RUN_<time>'],
    [/_\d{8}_\d{6}/g, '_<time>'],
    // On a busy machine nobody is told of in time.
    [/ Held by others: \S+ \(pid <pid>\) 1\.20 GB\./g, ''],
  ]
  return texts.reduce((all, [from, to]) => all.replaceAll(from, to), text)
}

test.skipIf(!canStandIn)(
  'the doctor tells of a whole plan what fits into a card of 24 GB (stand-ins)',
  () => {
    const { project, env } = memoryProject()
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'doctor'], {
      cwd: project.root,
      env: { ...env, XDG_RUNTIME_DIR: project.runtime },
      encoding: 'utf8',
    })
    expect(status, stderr).toBe(2)
    const lines = stdout.split('\n')
    const from = lines.findIndex((line) => /^\S+ +gpu /.test(line))
    const to = lines.findIndex((line) => /^\S+ +disk /.test(line))
    expect(normal(lines.slice(from, to).join('\n'))).toMatchInlineSnapshot()
  },
)

test.skipIf(!canStandIn)(
  'of four models on a card of 24 GB one fits, one spills, one cannot and one is unknown (stand-ins)',
  async () => {
    const { project, env } = memoryProject()
    const { code, output, session } = await run(project, { env })
    expect(code, output).toBe(1)
    const rows = session!.results('llm').map(({ models, status, flags, gpu_share }) => {
      return [...models, status, flags?.includes('cpu_offload'), gpu_share ?? null]
    })
    expect(rows).toEqual([
      ['llamacpp://models/fits.gguf#ctx=8192', 'PASSED', false, null],
      ['llamacpp://models/spills.gguf#ctx=8192', 'PASSED', true, 0.606],
      ['llamacpp://models/too-long.gguf#ctx=131072', 'MISSING', false, null],
      ['llamacpp://models/new.gguf#ctx=8192', 'PASSED', true, 0],
    ])
    expect(normal(session!.text('progression.log'))).toMatchInlineSnapshot()
  },
)
