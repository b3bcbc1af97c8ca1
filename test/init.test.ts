import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { doctorCommand } from '../src/cli/doctor/doctor.ts'
import { initCommand } from '../src/cli/init/init.ts'
import { runCommand } from '../src/cli/run.ts'
import { createProject, type Project } from './support/project.ts'
import { run } from './support/run.ts'

const PROGRAM = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

/** A project with nothing in it but jarvis and Vitest. */
function emptyProject(atEnd = onTestFinished): Project {
  const project = createProject('plain', atEnd)
  for (const entry of readdirSync(project.root)) {
    if (entry !== 'node_modules') rmSync(join(project.root, entry), { recursive: true })
  }
  return project
}

/** A project into which `npm install` has put what its registry calls jarvis. */
function strangerProject(): Project {
  const project = emptyProject()
  const folder = join(project.root, 'node_modules/jarvis')
  rmSync(folder)
  mkdirSync(folder)
  const manifest = { name: 'jarvis', version: '0.0.1', dependencies: { express: '2.4.6' } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  return project
}

/** Runs `jarvis init` where these programs, and no others, are on PATH. */
async function init({ root }: Project, args: string[] = [], programs: string[] = []) {
  const folder = join(dirname(root), 'bin')
  mkdirSync(folder, { recursive: true })
  for (const program of programs) {
    const file = join(folder, process.platform === 'win32' ? `${program}.CMD` : program)
    writeFileSync(file, '')
    chmodSync(file, 0o755)
  }
  const child = spawn(process.execPath, [PROGRAM, 'init', ...args], {
    cwd: root,
    env: { PATH: [folder, join(folder, 'none')].join(delimiter) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close') as Promise<[number | null]>
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ])
  return { code, stdout, stderr }
}

const planOf = ({ root }: Project): string => readFileSync(join(root, 'plans/default.yaml'), 'utf8')

const modelsOf = (project: Project): string[] =>
  [...planOf(project).matchAll(/'([a-z]+:\/\/[^']+)'/g)].map(([, model = '']) => model)

describe('jarvis init in an empty project', () => {
  test('writes a plan with every domain on the embedded engine, which runs at once', async () => {
    const project = emptyProject()
    const said = await init(project)
    expect(said).toMatchObject({ code: 0, stderr: '' })
    expect(said.stdout).toMatch(/^wrote {3}plans\/default\.yaml$/m)
    expect(said.stdout).toContain('npx vitest run --config jarvis')
    expect(readFileSync(join(project.root, '.gitignore'), 'utf8')).toBe('node_modules/\nlogs/\n')
    const { code, output, session } = await run(project)
    expect(output).toContain('Finished Test Run: PASSED (5 passed, 0 failed, 0 missing)')
    expect(code).toBe(0)
    const counts = ['llm', 'vlm', 'stt', 'tts', 'sts'].map((name) => session?.results(name).length)
    expect(counts).toEqual([1, 1, 1, 1, 1])
  })

  test.for([
    ['{}', 'vitest.config.mts'],
    ['{ "type": "module" }', 'vitest.config.ts'],
  ] as const)('where package.json is %s, %s runs the plan, too', async ([content, config]) => {
    const project = emptyProject()
    writeFileSync(join(project.root, 'package.json'), content)
    const said = await init(project, ['--engine', 'sim', '--domain', 'llm'])
    expect(said.stdout).toContain(`wrote   ${config}\n`)
    const command = [join(project.root, 'node_modules/vitest/vitest.mjs'), 'run']
    const { code, output, session } = await run(project, { command })
    expect(output).toMatch(/Tests {2}1 passed \(1\)/)
    expect(output).not.toContain('CommonJS')
    expect(code).toBe(0)
    expect(session?.results('llm')).toHaveLength(1)
  })

  test('takes the engines that are installed, each with a small model', async () => {
    const project = emptyProject()
    await init(project, [], ['ollama', 'llama-server'])
    expect(modelsOf(project)).toEqual([
      'ollama://qwen2.5:0.5b',
      'llamacpp://Qwen/Qwen2.5-0.5B-Instruct-GGUF:Q4_K_M#ctx=8192',
    ])
    expect(planOf(project)).toContain('pull: true')
    expect(existsSync(join(project.root, 'scenarios/llm/greeting.scenario.ts'))).toBe(true)
    expect(existsSync(join(project.root, 'scenarios/vlm'))).toBe(false)
  })

  test('takes docker for vLLM where there is a GPU of NVIDIA', async () => {
    const without = emptyProject()
    await init(without, [], ['docker'])
    expect(modelsOf(without)[0]).toBe('sim://chat')
    const project = emptyProject()
    await init(project, [], ['docker', 'nvidia-smi'])
    expect(modelsOf(project)).toEqual(['vllm://Qwen/Qwen2.5-0.5B-Instruct#ctx=8192'])
  })

  test('writes what is asked for, and says where the embedded engine stands in', async () => {
    const project = emptyProject()
    const asked = ['--engine', 'ollama', '--engine', 'vllm', '--domain', 'vlm', '--domain', 'tts']
    const { stdout } = await init(project, asked)
    expect(modelsOf(project)).toEqual([
      'ollama://qwen2.5vl:3b',
      'vllm://Qwen/Qwen2-VL-2B-Instruct#ctx=16384',
      'sim://voice',
    ])
    expect(stdout).toContain('No engine that was chosen serves tts: the plan uses sim there.')
  })
})

describe('jarvis init where something is', () => {
  test('leaves it as it is, says so, and overwrites it with --force alone', async () => {
    const project = emptyProject()
    const own = { plan: 'name: Mine\n', config: 'export default {}\n', ignored: 'dist\n/logs' }
    mkdirSync(join(project.root, 'plans'))
    writeFileSync(join(project.root, 'plans/default.yaml'), own.plan)
    writeFileSync(join(project.root, 'vitest.config.ts'), own.config)
    writeFileSync(join(project.root, '.gitignore'), own.ignored)
    const said = await init(project, ['--engine', 'sim', '--domain', 'llm'])
    expect(said.code).toBe(0)
    expect(said.stdout).toMatch(/^exists {2}plans\/default\.yaml .*--force overwrites it/m)
    expect(said.stdout).toMatch(/^exists {2}vitest\.config\.ts /m)
    expect(said.stdout).toMatch(/^wrote {3}scenarios\/llm\/greeting\.scenario\.ts$/m)
    expect(planOf(project)).toBe(own.plan)
    expect(readFileSync(join(project.root, 'vitest.config.ts'), 'utf8')).toBe(own.config)
    expect(readFileSync(join(project.root, '.gitignore'), 'utf8')).toBe(
      'dist\n/logs\nnode_modules/\n',
    )
    const forced = await init(project, ['--engine', 'sim', '--domain', 'llm', '--force'])
    expect(forced.stdout).not.toMatch(/^exists {2}(?!\.gitignore)/m)
    expect(modelsOf(project)).toEqual(['sim://chat'])
    expect(readFileSync(join(project.root, 'vitest.config.ts'), 'utf8')).toContain('jarvis()')
  })

  test('puts no second configuration beside one of another name', async () => {
    const project = emptyProject()
    writeFileSync(join(project.root, 'vite.config.js'), 'export default {}\n')
    const { stdout } = await init(project, ['--force'])
    const configs = readdirSync(project.root).filter((name) => name.includes('config'))
    expect(configs).toEqual(['vite.config.js'])
    expect(stdout).toContain(
      [
        "exists  vite.config.js  For the editor's test explorer add these two lines:",
        "          import { jarvis } from 'jarvis'",
        '          plugins: [jarvis()],\n',
      ].join('\n'),
    )
  })

  test('adds the scripts that package.json lacks, and leaves the rest of its text alone', async () => {
    const project = emptyProject()
    const path = join(project.root, 'package.json')
    const text =
      '{\n\t"name": "mine",\n\t"scripts": {\n\t\t"scenarios": "echo mine"\n\t},\n\t"type": "module"\n}\n'
    writeFileSync(path, text)
    const said = await init(project, ['--engine', 'sim', '--domain', 'llm'])
    expect(said.stdout).toContain('wrote   package.json  scripts: jarvis\n')
    expect(readFileSync(path, 'utf8')).toBe(
      text.replace('"echo mine"', '"echo mine",\n\t\t"jarvis": "jarvis"'),
    )
    const again = await init(project)
    expect(again.stdout).toContain('exists  package.json  It has these scripts already.\n')
  })

  test.for([
    [
      'pnpm/12.21.0 npm/? node/v24.11.0 linux x64',
      'pnpm exec jarvis doctor',
      'pnpm add --save-dev',
    ],
    ['yarn/4.18.1 npm/? node/v24.11.0 linux x64', 'yarn jarvis doctor', 'yarn add --dev'],
    ['bun/1.4.5 npm/? node/v24.11.0 linux x64', 'bun run jarvis doctor', 'bun add --dev'],
  ])('speaks of the package manager that has started it: %s', async ([agent, doctor, add]) => {
    const { root } = emptyProject()
    rmSync(join(root, 'node_modules'), { recursive: true })
    const terminal = { cwd: root, env: { npm_config_user_agent: agent }, colors: false }
    let said = ''
    await initCommand.run(['--engine', 'sim', '--domain', 'llm'], {
      ...terminal,
      write: (words) => void (said += words),
    })
    expect(said).toContain(`\nCheck:    ${doctor}\n`)
    expect(said).toMatch(new RegExp(`\nInstall:  ${add} ".*" vitest@5( vite)?\n`))
    // Yarn alone does not fetch what Vitest needs beside it.
    expect(said.includes(' vite\n')).toBe(agent!.startsWith('yarn'))
  })

  test('in a package of a workspace the plan names its schema where the package lies', async () => {
    const project = emptyProject()
    const root = join(project.root, 'packages/checks')
    mkdirSync(root, { recursive: true })
    await init({ ...project, root }, ['--engine', 'sim', '--domain', 'llm'])
    const [, schema] = /\$schema=(\S+)/.exec(planOf({ ...project, root }))!
    expect(schema).toBe('../../../node_modules/jarvis/schema/plan.schema.json')
    expect(existsSync(join(root, 'plans', schema!))).toBe(true)
  })

  test("tells that what lies in node_modules is somebody else's package, as npm's registry has it", async () => {
    const project = strangerProject()
    const { stdout } = await init(project, ['--engine', 'sim', '--domain', 'llm'])
    const stranger = join(project.root, 'node_modules/jarvis')
    const careful = `Careful:  ${stranger} is somebody else's package of that name (0.0.1), as npm's registry has it, and not this one.\n`
    expect(stdout).toContain(careful)
    expect(stdout).toMatch(/^Install: {2}npm install --save-dev "/m)
  })

  test.for([
    [['--engine', 'olama'], 'It knows: ollama, vllm, llamacpp, sim. Did you mean ollama?'],
    [['--domain', 'LLM'], 'It knows: llm, vlm, stt, tts, sts. Did you mean llm?'],
    [['here'], 'Expected options only. See: jarvis init --help'],
  ] as const)('%j is a mistake, and nothing is written', async ([args, sentence]) => {
    const project = emptyProject()
    const { code, stderr } = await init(project, [...args])
    expect(code).toBe(2)
    expect(stderr).toContain(sentence)
    expect(readdirSync(project.root)).toEqual(['node_modules'])
  })
})

test("where jarvis is somebody else's package, doctor and run say so, and the doctor how to get this one", async () => {
  const { root } = strangerProject()
  let said = ''
  const terminal = {
    cwd: root,
    env: {},
    colors: false,
    write: (text: string) => void (said += text),
  }
  expect(await doctorCommand.run([], terminal)).toBe(2)
  expect(said).toMatch(
    /^missing {2}package {4}jarvis {2}.*node_modules.jarvis is somebody else's package of that name \(0\.0\.1\), as npm's registry has it, and not this one\.\n +→ npm install --save-dev "/m,
  )
  await expect(runCommand.run([], terminal)).rejects.toThrow(
    "jarvis is somebody else's package of that name (0.0.1), as npm's registry has it, and not this one. See: jarvis doctor",
  )
})
