import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { identify } from '../../host/process-identity.ts'
import {
  failureOf,
  isAlive,
  modelUri,
  planOf,
  supervise,
  target,
  temporaryFolder,
} from '../../../test/support/services.ts'
import {
  cacheModel,
  commandsOf,
  containersOf,
  standInMachine,
  type StandInMachine,
  standInsRun,
  startContainerEngine,
} from '../../../test/support/stand-ins.ts'
import { findProgram } from '../../host/programs.ts'
import { capture } from './capture.ts'
import { shareOptions } from './vllm-container.ts'
import { vllm } from './vllm.ts'

const MODEL = 'stand-in/tiny'
/** Stand-ins start fast, a busy machine does not. */
const PATIENT = { startup_timeout: 60 }
const IMAGE = 'vllm/vllm-openai:latest'

function machine(images: string[] = [IMAGE]): { here: StandInMachine; engine: string } {
  const here = standInMachine(temporaryFolder(), ['docker'])
  cacheModel(here, MODEL)
  return { here, engine: startContainerEngine(here, images) }
}

function contextOf({ folder, env }: StandInMachine) {
  return { plan: planOf([]), root: folder, env }
}

test.runIf(standInsRun).for<[string, string | null]>([
  ['1', '"device=1"'],
  ['GPU-b,MIG-c,nonsense,0', '"device=GPU-b,MIG-c"'],
  ['', null],
])('with CUDA_VISIBLE_DEVICES=%s a container gets --gpus %s', async ([visible, expected]) => {
  const { here } = machine()
  here.env['CUDA_VISIBLE_DEVICES'] = visible
  const { command } = await vllm.find(modelUri(`vllm://${MODEL}`), contextOf(here))
  const { args } = command!({ port: 1, logDirectory: here.folder, id: 'a' })
  const place = args.indexOf('--gpus')
  expect(place === -1 ? null : args[place + 1]).toBe(expected)
  // Inside there is nothing left to choose.
  expect(args).not.toContain('CUDA_VISIBLE_DEVICES')
})

test.runIf(standInsRun)(
  'a container serves the model, its log is the service log, and it is gone after stop',
  async () => {
    const { here, engine } = machine()
    here.env['HF_TOKEN'] = 'hf_secret'
    const { supervisor, session } = supervise([], PATIENT, here.env)
    const held = await supervisor.acquire(target(`vllm://${MODEL}#ctx=512`))
    const [spawned] = session.of('service_spawned')
    const hub = join(here.env['HOME']!, '.cache', 'huggingface')
    const start = `jarvis.start=${identify(process.pid).start}`
    expect(spawned!.command.split(' ').slice(1).join(' ')).toMatch(
      new RegExp(
        `^run --rm --init --name jarvis-vllm-\\S+ --pull never --label jarvis\\.session=${session.directory} ` +
          `--label jarvis\\.pid=${process.pid} --label ${start} --label jarvis\\.owner=\\S+@\\S+ ` +
          `--gpus all --ipc host --publish 127\\.0\\.0\\.1:\\d+:8000 ` +
          `--volume ${hub}:/root/\\.cache/huggingface --env HF_TOKEN --env HF_HUB_OFFLINE=1 ` +
          `--entrypoint vllm ${IMAGE} serve ${MODEL} --host 0\\.0\\.0\\.0 --port 8000 ` +
          `--served-model-name ${MODEL} --max-model-len 512$`,
      ),
    )
    const response = await fetch(`${held.services[0]!.url}/health`)
    expect(response.status).toBe(200)
    expect(session.log(spawned!)).toMatch(
      /vLLM API server version.*Application startup complete\./s,
    )
    const [container] = containersOf(engine)
    expect(isAlive(container!.Pid)).toBe(true)
    // That what answers is this container is told by its engine: it is no child of the command.
    expect(commandsOf(engine).at(-1)).toBe(`port ${container!.Name}`)
    held.release()
    await supervisor.stop()
    expect(session.log(spawned!)).toContain('Shutting down')
    expect(isAlive(container!.Pid)).toBe(false)
    expect(containersOf(engine)).toEqual([])
    expect(session.of('service_exited')).toMatchObject([{ expected: true, code: 0 }])
    expect(commandsOf(engine).at(-1)).toBe(`rm --force ${container!.Name}`)
  },
)

test.runIf(standInsRun)(
  'a container that is killed fails its scenarios with its exit code',
  async () => {
    const { here, engine } = machine()
    const { supervisor, session } = supervise([], PATIENT, here.env)
    await supervisor.acquire(target(`vllm://${MODEL}`))
    await capture('docker', ['rm', '--force', containersOf(engine)[0]!.Name], {
      env: here.env,
      timeout: 5_000,
    })
    await expect
      .poll(() => session.of('service_exited'))
      .toMatchObject([{ code: 137, expected: false }])
  },
)

test.runIf(standInsRun)(
  'a command that was killed leaves its container, which the stop removes',
  async () => {
    const { here, engine } = machine()
    const { supervisor, session } = supervise([], PATIENT, here.env)
    await supervisor.acquire(target(`vllm://${MODEL}`))
    const [spawned] = session.of('service_spawned')
    const [container] = containersOf(engine)
    process.kill(spawned!.pid, 'SIGKILL')
    await expect.poll(() => session.types).toContain('service_exited')
    await supervisor.stop()
    await expect.poll(() => isAlive(container!.Pid)).toBe(false)
    expect(containersOf(engine)).toEqual([])
  },
)

test.runIf(standInsRun)(
  'containers of dead runs are removed, those of living ones and of others stay',
  async () => {
    const { here, engine } = machine()
    const { supervisor, session } = supervise([], PATIENT, here.env)
    await supervisor.acquire(target(`vllm://${MODEL}`))
    const [living] = containersOf(engine) as unknown as { Config: { Labels: object } }[]
    const labels = living!.Config.Labels
    const put = (name: string, id: string, more: object): void => {
      const container = { ...living, Id: id, Name: name, Group: 2 ** 30, Config: { Labels: more } }
      writeFileSync(join(engine, 'containers', `${name}.json`), JSON.stringify(container))
    }
    const gone = { 'jarvis.pid': '4194305', 'jarvis.session': '/logs/RUN_1' }
    put('dead', 'dead'.repeat(16), { ...labels, ...gone })
    put('reused', 'beef'.repeat(16), {
      ...labels,
      'jarvis.start': 'another',
      'jarvis.session': '/logs/RUN_2',
    })
    put('neighbour', 'feed'.repeat(16), { ...labels, ...gone, 'jarvis.owner': 'eve@elsewhere' })
    const notes: string[] = []
    await vllm.clear!({
      ...contextOf(here),
      note: (level, message) => void notes.push(`${level} ${message}`),
      signal: new AbortController().signal,
    })
    expect(notes.toSorted()).toEqual([
      'WARN Removed container beefbeefbeef, left by /logs/RUN_2',
      'WARN Removed container deaddeaddead, left by /logs/RUN_1',
    ])
    const left = containersOf(engine).map(({ Name }) => Name)
    expect(left.toSorted()).toEqual([expect.stringMatching(/^jarvis-vllm-/), 'neighbour'])
    expect(session.of('service_exited')).toEqual([])
  },
)

test.runIf(standInsRun)(
  'an image that is not here is MISSING with the command that gets it',
  async () => {
    const { here, engine } = machine([])
    const error = await failureOf(vllm.find(modelUri(`vllm://${MODEL}`), contextOf(here)))
    expect(error.code).toBe('MISSING')
    expect(error.message).toBe(
      `vllm://${MODEL} cannot be started: there is no vllm program on PATH, and the image ${IMAGE} is not here. ` +
        `Get it (about 10 GB) with: docker pull ${IMAGE} (or set \`pull: true\` in the settings of the plan).`,
    )
    expect(commandsOf(engine)).toEqual(['version', `image inspect ${IMAGE}`])
  },
)

test.runIf(standInsRun)(
  'with pull: true the image is fetched, and its progress is in the service log',
  async () => {
    const { here } = machine([])
    here.env['JARVIS_VLLM_IMAGE'] = 'example/vllm:v1'
    const { supervisor, session } = supervise([], { ...PATIENT, pull: true }, here.env)
    await supervisor.acquire(target(`vllm://${MODEL}`))
    const [spawned] = session.of('service_spawned')
    expect(spawned!.command).toContain(' --pull missing ')
    expect(session.log(spawned!)).toContain('Status: Downloaded newer image for example/vllm:v1')
  },
)

test.runIf(standInsRun)(
  'an engine without access to a GPU is MISSING with what gives it',
  async () => {
    const { here, engine } = machine()
    writeFileSync(join(engine, 'no-gpu'), '')
    const { supervisor } = supervise([], PATIENT, here.env)
    const error = await failureOf(supervisor.acquire(target(`vllm://${MODEL}`)))
    expect(error).toMatchObject({
      code: 'MISSING',
      message: expect.stringMatching(/has no access to a GPU.*nvidia-ctk runtime configure/),
    })
  },
)

const docker = findProgram('docker', { cwd: '/', env: process.env })
const engines = [
  ...(standInsRun ? [{ kind: 'the stand-in of docker', env: null }] : []),
  // The real docker command, where it is installed, with an address at which there is no engine.
  ...(docker === null
    ? []
    : [{ kind: 'the real docker', env: { ...process.env, DOCKER_HOST: 'unix:///no/such.sock' } }]),
]

test.for(engines)('$kind without an engine behind it is MISSING that says so', async ({ env }) => {
  const here = standInMachine(temporaryFolder(), ['docker'])
  const error = await failureOf(
    vllm.find(modelUri(`vllm://${MODEL}`), { ...contextOf(here), env: env ?? here.env }),
  )
  expect(error.code).toBe('MISSING')
  expect(error.message).toMatch(
    /cannot be started: there is no vllm program on PATH, and no engine behind \S+docker: .*Cannot connect to the Docker daemon at \S+\. Is the docker daemon running\? Start it with: /,
  )
})

test('without Docker the message says how to get vLLM', async () => {
  const here = standInMachine(temporaryFolder(), [])
  const error = await failureOf(vllm.find(modelUri(`vllm://${MODEL}`), contextOf(here)))
  expect(error.message).toMatch(
    /neither a vllm program nor Docker or Podman on PATH\. Install vLLM with: uv tool/,
  )
  expect(await vllm.versions!(contextOf(here))).toEqual({ vllm: null })
})

test.runIf(standInsRun)('the version names the image and the engine', async () => {
  const { here } = machine()
  expect(await vllm.versions!(contextOf(here))).toEqual({ vllm: IMAGE, docker: '28.2.2' })
})

test('what vLLM is told to take of its GPUs', () => {
  const how = 'as it was come to'
  expect(shareOptions({})).toEqual([])
  expect(shareOptions({ share: { cacheBytes: 2_048, utilization: 0.5, how } })).toEqual([
    '--gpu-memory-utilization',
    '0.5',
    '--kv-cache-memory-bytes',
    '2048',
  ])
  expect(shareOptions({ share: { cacheBytes: null, utilization: 0.5, how } })).toEqual([
    '--gpu-memory-utilization',
    '0.5',
  ])
})
