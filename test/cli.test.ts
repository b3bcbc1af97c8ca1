import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { identify } from '../src/host/process-identity.ts'
import { initialState } from '../src/session/projections/state.ts'
import { createProject, type Project } from './support/project.ts'
import { isAlive } from './support/services.ts'
import {
  cacheModel,
  standInMachine,
  type StandInMachine,
  standInsRun,
  startContainerEngine,
} from './support/stand-ins.ts'

const PROGRAM = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const IMAGE = 'vllm/vllm-openai:latest'
const QUANT = 'stand-in/tiny-GGUF'

interface Said {
  code: number | null
  stdout: string
  stderr: string
}

interface Finding {
  status: string
  subject: string
  name: string
  message: string
  fix: string | null
}

/** Runs the real command in a project, without what this process was given. */
async function jarvis(
  { root, runtime }: Project,
  args: string[],
  env: NodeJS.ProcessEnv = { PATH: process.env['PATH'], HOME: process.env['HOME'] },
): Promise<Said> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: root,
    env: { ...env, XDG_RUNTIME_DIR: runtime },
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

async function findingsOf(project: Project, env: NodeJS.ProcessEnv, plan?: string) {
  const args = ['doctor', ...(plan === undefined ? [] : [plan]), '--json']
  const { code, stdout } = await jarvis(project, args, env)
  const report = JSON.parse(stdout) as { can_run: boolean; findings: Finding[] }
  const about = (subject: string): Finding[] =>
    report.findings.filter((finding) => finding.subject === subject)
  return { code, report, about }
}

function machineBeside(project: Project, ...programs: Parameters<typeof standInMachine>[1]) {
  return standInMachine(join(dirname(project.root), 'machine'), programs)
}

describe('jarvis', () => {
  test('says what it can do, and its version', async () => {
    const project = createProject('model-servers')
    const help = await jarvis(project, ['--help'])
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toMatch(/^Usage: jarvis COMMAND.*\n {2}doctor {2,}say what a plan needs/s)
    const version = await jarvis(project, ['--version'])
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
    const own = await jarvis(project, ['doctor', '--help'])
    expect(own).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Usage: jarvis doctor/) })
  })

  test.for([
    [['dcotor'], 'Did you mean doctor?\n'],
    [
      ['doctor', '--jsn'],
      "Unknown option '--jsn'. Did you mean --json? See: jarvis doctor --help\n",
    ],
    [['report', 'RUN_1', 'RUN_2'], 'Expected one session. See: jarvis report --help\n'],
    [['export', '-o', 'a.xlsx'], 'The workbook is made by: jarvis report\n'],
    [['doctor', 'a.yaml', 'b.yaml'], 'Expected one plan. See: jarvis doctor --help\n'],
    [['run', 'plans/none.yaml'], 'There is no plan plans/none.yaml in '],
    [['run', '--bogus'], 'Unknown option --bogus. See: jarvis run --help, npx vitest run --help\n'],
    [['run', '-t'], 'Option -t, --testNamePattern <pattern> value is missing. See: '],
  ] as const)('%j is a mistake, told in one line without a stack', async ([args, expected]) => {
    const { code, stdout, stderr } = await jarvis(createProject('model-servers'), [...args])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(expected)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  test('run starts Vitest with the plan and what follows it, and passes its exit code on', async () => {
    const project = createProject('outcomes')
    const { code, stdout } = await jarvis(project, [
      'run',
      'plans/default.yaml',
      '-t',
      'no such test',
    ])
    expect(stdout).toMatch(/Starting Test Run: /)
    expect(code).toBe(0)
    const failing = await jarvis(project, ['run'])
    expect(failing.code).toBe(1)
    expect(failing.stdout).toMatch(/Finished Test Run: FAILED/)
  })

  test.skipIf(process.platform === 'win32')(
    'run passes a signal on and waits for the orderly end',
    async () => {
      const project = createProject('slow')
      const child = spawn(process.execPath, [PROGRAM, 'run'], {
        cwd: project.root,
        env: {
          PATH: process.env['PATH'],
          HOME: process.env['HOME'],
          XDG_RUNTIME_DIR: project.runtime,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const ended = once(child, 'close')
      let output = ''
      for await (const chunk of child.stdout) {
        output += String(chunk)
        if (output.includes('Model Ready') && !child.killed) child.kill('SIGTERM')
      }
      const [code] = await ended
      expect(code).not.toBe(0)
      expect(output).toMatch(/Finished Test Run: INTERRUPTED/)
    },
  )
})

describe('jarvis doctor', () => {
  test.runIf(standInsRun)(
    'finds all that a plan needs, with versions, and exits with 0',
    async () => {
      const project = createProject('model-servers')
      const machine = machineBeside(project, 'vllm', 'llama-server')
      cacheModel(machine, 'stand-in/tiny')
      cacheModel(machine, QUANT, { 'tiny-q4_k_m.gguf': 'GGUF' })
      const { code, report, about } = await findingsOf(project, machine.env)
      expect(report).toMatchObject({ schema_version: 1, plan: 'plans/default.yaml', can_run: true })
      expect(code).toBe(0)
      expect(about('model')).toEqual([
        {
          status: 'ok',
          subject: 'model',
          name: 'vllm://stand-in/tiny#ctx=512',
          message: 'It can be started, with vllm 0.11.0+stand.in.',
          fix: null,
        },
        {
          status: 'ok',
          subject: 'model',
          name: `llamacpp://${QUANT}:Q4_K_M#stream`,
          message: 'It can be started, with llamacpp 6789.',
          fix: null,
        },
      ])
      expect(about('lock')).toMatchObject([{ status: 'ok' }])
      expect(about('session')).toMatchObject([{ status: 'ok' }])
      expect(readdirSync(project.root)).not.toContain('logs')
      expect(readdirSync(project.runtime)).toEqual([])
    },
  )

  test.runIf(standInsRun)(
    'names what is missing with the command that gets it, and exits with 2',
    async () => {
      const project = createProject('model-servers')
      const machine = machineBeside(project, 'docker', 'llama-server')
      startContainerEngine(machine, [])
      cacheModel(machine, 'stand-in/tiny')
      const { code, about } = await findingsOf(project, machine.env)
      expect(code).toBe(2)
      const advice = '(or set `pull: true` in the settings of the plan)'
      expect(about('model').map(({ status, message, fix }) => [status, message, fix])).toEqual([
        [
          'missing',
          `There is no vllm program on PATH, and the image ${IMAGE} is not here.`,
          `docker pull ${IMAGE} ${advice}`,
        ],
        [
          'missing',
          'It is not in the cache of llama.cpp.',
          `hf download ${QUANT} --include '*Q4_K_M*.gguf' ${advice}`,
        ],
      ])
      const shown = await jarvis(project, ['doctor'], machine.env)
      expect(shown.stdout).toContain(`\n                    → docker pull ${IMAGE}`)
      expect(shown.stdout).toMatch(
        /\nplans\/default\.yaml cannot run as it is: 2 things are missing\.\n$/,
      )
    },
  )

  test('names the folder of a service that is not there, and the lines of one that nobody defined', async () => {
    const project = createProject('model-servers')
    const plan = {
      name: 'absent',
      services: { absent: { command: ['node', 'x.mjs'], cwd: 'nowhere' } },
      execution: [{ domain: 'llm', loadouts: ['native://absent', 'native://undefined'] }],
    }
    writeFileSync(join(project.root, 'plans', 'absent.yaml'), JSON.stringify(plan))
    const { code, about } = await findingsOf(project, {}, 'plans/absent.yaml')
    expect(code).toBe(2)
    const folder = join(project.root, 'nowhere')
    expect(about('model').map(({ status, message, fix }) => [status, message, fix])).toEqual([
      [
        'missing',
        `Its folder ${folder} does not exist.`,
        'install the service there, or change `cwd` where the service is defined',
      ],
      [
        'missing',
        'No service is defined for native://undefined.',
        expect.stringMatching(
          /^Add it to the plan .*:\n\nservices:\n {2}undefined:\n {4}command: /,
        ),
      ],
    ])
  })

  test.skipIf(existsSync('/Applications/Ollama.app'))(
    'tells how to get Ollama, and then each model of the plan',
    async () => {
      const project = createProject('model-servers')
      const plan = {
        name: 'absent',
        execution: [{ domain: 'llm', loadouts: ['ollama://absent:1b', 'ollama://absent:2b'] }],
      }
      const write = (settings: object): void =>
        writeFileSync(
          join(project.root, 'plans', 'absent.yaml'),
          JSON.stringify({ ...plan, settings }),
        )
      const env = { HOME: project.root, LOCALAPPDATA: project.root }
      const fixes = async (): Promise<(string | null)[]> => {
        const { about } = await findingsOf(project, env, 'plans/absent.yaml')
        return about('model').map(({ fix }) => fix)
      }
      write({})
      expect(await fixes()).toEqual([
        expect.stringMatching(/ollama.*\nollama pull absent:1b$/i),
        expect.stringMatching(/ollama.*\nollama pull absent:2b$/i),
      ])
      write({ pull: true })
      expect(await fixes()).toEqual([
        expect.stringMatching(/^.*ollama.*$/i),
        expect.stringMatching(/^.*ollama.*$/i),
      ])
    },
  )

  test('shows the mistakes of a plan', async () => {
    const project = createProject('model-servers')
    writeFileSync(join(project.root, 'plans', 'wrong.yaml'), 'name: x\nexecution: 3\n')
    const { code, report } = await findingsOf(project, {}, 'plans/wrong.yaml')
    expect(code).toBe(2)
    expect(report.findings).toMatchObject([
      { status: 'missing', subject: 'plan', message: expect.stringMatching(/wrong\.yaml:2/) },
    ])
  })

  test('tells of a plan without scenarios', async () => {
    const project = createProject('model-servers')
    const plan = { name: 'silent', execution: [{ domain: 'tts', loadouts: ['sim://small'] }] }
    writeFileSync(join(project.root, 'plans', 'silent.yaml'), JSON.stringify(plan))
    const { code, about } = await findingsOf(project, {}, 'plans/silent.yaml')
    expect(code).toBe(2)
    expect(about('plan')).toMatchObject([
      { status: 'missing', message: expect.stringMatching(/scenarios\/tts/) },
    ])
  })

  test('names who holds a port that the plan fixes, and what runs and died before', async () => {
    const project = createProject('model-servers')
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const service = { command: [process.execPath, 'x.mjs'], port }
    const plan = {
      name: 'fixed',
      services: { fixed: service },
      execution: [{ domain: 'llm', loadouts: ['native://fixed'] }],
    }
    writeFileSync(join(project.root, 'plans', 'fixed.yaml'), JSON.stringify(plan))
    const holder = {
      ...identify(process.pid),
      session: '/logs/RUN_1',
      since: '2026-01-02T03:04:05',
    }
    mkdirSync(join(project.runtime, 'jarvis'))
    writeFileSync(join(project.runtime, 'jarvis', 'run.lock'), JSON.stringify(holder))
    const { code, about } = await findingsOf(project, {}, 'plans/fixed.yaml')
    expect(code).toBe(2)
    expect(about('model')).toMatchObject([{ status: 'ok' }])
    expect(about('port')).toMatchObject([
      {
        status: 'missing',
        name: String(port),
        message: expect.stringMatching(/^It is in use.* and native:\/\/fixed needs it\.$/),
      },
    ])
    expect(about('lock')).toMatchObject([
      {
        status: 'missing',
        message: `A run uses the machine: pid ${process.pid}, since 2026-01-02 03:04:05, /logs/RUN_1.`,
      },
    ])
  })

  test.for([
    ['', /^Port \d+, which belongs to Ollama, is held by [^,]*\. jarvis does not end it\.$/],
    ['{"version":"0.14.2"}', / and answers as Ollama, perhaps from a container\. /],
  ] as const)('names a stranger on the port of Ollama that answers "%s"', async ([says, told]) => {
    const project = createProject('ollama')
    const server = createHttpServer((_, response) => response.end(says)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const env = { PATH: process.env['PATH'], HOME: project.root, OLLAMA_HOST: `127.0.0.1:${port}` }
    const { code, about } = await findingsOf(project, env)
    expect(code).toBe(2)
    expect(about('port').filter(({ name }) => name === String(port))).toMatchObject([
      {
        status: 'missing',
        message: expect.stringMatching(told),
        fix: expect.stringContaining(String(process.pid)),
      },
    ])
  })

  test.runIf(process.platform === 'linux')(
    'lists what a dead run has left, and ends none of it',
    async () => {
      const project = createProject('model-servers')
      const session = join(project.root, 'logs', 'RUN_20260102_030405')
      mkdirSync(session, { recursive: true })
      const left = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
        env: { JARVIS_SESSION: session },
        stdio: 'ignore',
      })
      onTestFinished(() => void left.kill('SIGKILL'))
      const gone = { pid: 2 ** 22 + 1, process_start: 'gone' }
      const state = { ...initialState('RUN_20260102_030405'), ...gone }
      writeFileSync(join(session, 'state.json'), JSON.stringify(state))
      const machine: StandInMachine = machineBeside(project)
      const { about } = await findingsOf(project, machine.env)
      expect(about('session')).toMatchObject([{ status: 'warn', name: 'RUN_20260102_030405' }])
      expect(about('process')).toMatchObject([
        { status: 'warn', name: String(left.pid), fix: `kill ${left.pid}` },
      ])
      expect(isAlive(left.pid!)).toBe(true)
      expect(readdirSync(session)).toEqual(['state.json'])
    },
  )
})
