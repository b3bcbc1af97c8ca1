import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { ggufPath, keepLicence } from '../model-files.ts'
import { isBuilt, type Job, markBuilt } from '../job.ts'
import type { Recipe } from '../recipe.ts'
import { findPython, lacking, llamaSources, onPath, told } from '../tools.ts'

const VERSION = '0.17.4'
const MODULE = `github.com/ollama/ollama@v${VERSION}`
/** Of llama.cpp; the module lacks them. */
const HEADERS = ['nlohmann', 'stb', 'miniaudio']
/** What Go sets by itself gives way to these, its `-O2` as well. */
const FLAGS = ['-O2', ...(process.arch === 'x64' ? ['-mavx2', '-mfma', '-mf16c'] : [])]
/** A base model does not know when to end. */
const LONGEST_ANSWER = 64
const PARAMETERS = [
  // Ollama's own 1.1 keeps so small a model from counting: no word may come twice.
  'PARAMETER repeat_penalty 1.0',
  // Two threads wait for each other in a loop: on cores that others share that is a hundred times slower.
  'PARAMETER num_thread 1',
]
const READY_WITHIN_MS = 60_000

const CHATML =
  '{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n'
const GEMMA =
  '{{- range .Messages }}<start_of_turn>{{ if eq .Role "assistant" }}model{{ else }}user{{ end }}\n' +
  '{{ .Content }}<end_of_turn>\n{{ end }}<start_of_turn>model\n'
/** What the model's own template says where nobody says anything else. */
const SMOLLM = 'You are a helpful AI assistant named SmolLM, trained by Hugging Face'
const MODELS = [
  { name: 'smollm2-135m', template: CHATML, stop: '<|im_end|>', system: SMOLLM },
  { name: 'gemma3-270m', template: GEMMA, stop: '<end_of_turn>', system: null },
]

export const ollama: Recipe = {
  name: 'ollama',
  title: 'Ollama, with the two language models',
  size: '450 MB',
  time: '9 to 25 min',
  licences: [{ of: 'Ollama', licence: 'MIT', file: null }],
  revision: [MODULE, ...FLAGS, JSON.stringify(MODELS), ...PARAMETERS, String(LONGEST_ANSWER)],
  lacks: () =>
    onPath('ollama') !== null
      ? null
      : (lacking('go', 'c++') ??
        (findPython(9, 14) === null ? 'no Python from 3.9 on with venv' : null)),
  async install(job) {
    const there = onPath('ollama')
    const own = there ?? (await build(job))
    const models = join(job.folder, 'models')
    const made = await create(job, own, models)
    return {
      version: /\d+\.\d+\.\d+/.exec(told(own, '--version') ?? '')?.[0] ?? null,
      from: [there === null ? MODULE : 'PATH', ...made],
      paths: { program: job.offer('ollama', own), models },
      licenceFiles: there === null ? { Ollama: licenceOf(job) } : {},
    }
  },
}

/** Go keeps what is compiled, so that a build that was interrupted goes on. */
async function build(job: Job): Promise<string> {
  const program = join(job.folder, 'bin', 'ollama')
  const of = [MODULE, ...FLAGS]
  if (isBuilt(program, of)) return program
  const headers = join(job.folder, 'include')
  const vendor = join(await llamaSources(job), 'vendor')
  for (const name of HEADERS) cpSync(join(vendor, name), join(headers, name), { recursive: true })
  const flags = [...FLAGS, `-I${headers}`].join(' ')
  const linked = `-s -w -X=github.com/ollama/ollama/version.Version=${VERSION}`
  await job.run('go', ['install', '-trimpath', '-ldflags', linked, MODULE], {
    env: {
      GOBIN: join(job.folder, 'bin'),
      GOCACHE: join(job.folder, 'go-build'),
      GOFLAGS: '',
      CGO_CFLAGS: flags,
      CGO_CXXFLAGS: flags,
    },
    doing: 'building Ollama',
  })
  markBuilt(program, of)
  rmSync(join(job.folder, 'go-build'), { recursive: true, force: true })
  return program
}

function licenceOf(job: Job): string {
  const modules = told('go', 'env', 'GOMODCACHE')!
  return keepLicence(job, join(modules, MODULE, 'LICENSE'), 'ollama-MIT.txt')
}

/** The models of the stack, in a folder of its own; those of the user stay as they are. */
async function create(job: Job, program: string, models: string): Promise<string[]> {
  mkdirSync(models, { recursive: true })
  const port = await freePort()
  const env = { OLLAMA_HOST: `127.0.0.1:${port}`, OLLAMA_MODELS: models }
  const server = job.serve(program, ['serve'], env)
  try {
    await answers(`http://127.0.0.1:${port}/api/version`)
    const there = MODELS.filter(({ name }) => existsSync(ggufPath(job.root, name)))
    for (const { name, template, stop, system } of there) {
      const file = join(job.folder, `${name}.Modelfile`)
      const lines = [
        `FROM ${ggufPath(job.root, name)}`,
        `TEMPLATE """${template}"""`,
        ...(system === null ? [] : [`SYSTEM ${system}`]),
        `PARAMETER stop ${stop}`,
        `PARAMETER num_predict ${LONGEST_ANSWER}`,
        ...PARAMETERS,
      ]
      writeFileSync(file, `${lines.join('\n')}\n`)
      // oxlint-disable-next-line no-await-in-loop -- one server, one disk
      await job.run(program, ['create', name, '-f', file], { env, doing: `ollama create ${name}` })
    }
    return there.map(({ name }) => name)
  } finally {
    await server.stop()
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

async function answers(url: string): Promise<void> {
  const until = Date.now() + READY_WITHIN_MS
  for (;;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- asked until it answers
      if ((await fetch(url)).ok) return
    } catch (error) {
      if (Date.now() > until) throw new Error(`${url} does not answer`, { cause: error })
    }
    // oxlint-disable-next-line no-await-in-loop -- asked until it answers
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
