import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { homeFolder } from '../../src/host/home-folder.ts'
import { findProgram } from '../../src/host/programs.ts'
import type { Job } from './job.ts'
import { realFolder } from './place.ts'

const UV = '0.11.5'
/** Of it the sources of llama.cpp and the headers that Ollama wants are taken. */
export const LLAMA_CPP_PYTHON = '0.3.36'
/** What vLLM and one of the other clients compute with. */
export const TORCH = 'torch==2.13.0'
const TOOL_TIMEOUT_MS = 20_000

/** A program on PATH, but not one of this stack. */
export function onPath(program: string): string | null {
  const own = join(realFolder(), 'bin')
  const PATH = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => resolve(folder) !== own)
    .join(delimiter)
  return findProgram(program, { cwd: process.cwd(), env: { ...process.env, PATH } })
}

/** Null when all of the programs are there, else those that are not. */
export function lacking(...programs: string[]): string | null {
  const missing = programs.filter((program) => onPath(program) === null)
  return missing.length === 0 ? null : `${missing.join(' and ')} not found on PATH`
}

/** What a program prints, with what it was asked; null where it fails. */
export function told(program: string, ...args: string[]): string | null {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: TOOL_TIMEOUT_MS,
  })
  return status === 0 ? `${stdout}${stderr}`.trim() : null
}

/** A Python that is at least `from` (3.x) and at most `to`, with `venv`; null where there is none. */
export function findPython(from: number, to: number): string | null {
  const pyenv = join(
    process.env['PYENV_ROOT'] || join(homeFolder(process.env), '.pyenv'),
    'versions',
  )
  const named = ['python3', 'python', ...range(from, to).map((minor) => `python3.${minor}`)]
  const candidates = [
    process.env['JARVIS_REAL_PYTHON'],
    ...named.map((name) => onPath(name)),
    ...foldersIn(pyenv).map((version) => join(pyenv, version, 'bin', 'python')),
  ]
  const asked =
    'import sys, venv, ensurepip; print(sys.version_info.minor if sys.version_info.major == 3 else 0)'
  return (
    candidates.find((path) => {
      if (!path) return false
      const minor = Number(told(path, '-c', asked))
      return minor >= from && minor <= to
    }) ?? null
  )
}

/** uv, which installs packages: that of PATH, else one of the stack's own. */
export async function uv(job: Job): Promise<string> {
  const there = onPath('uv')
  if (there !== null) return there
  const folder = join(job.root, 'uv')
  const program = join(folder, 'bin', 'uv')
  if (existsSync(program) && told(program, '--version') !== null) return program
  const python = findPython(9, 14)
  await job.run(python!, ['-m', 'venv', '--clear', folder], { doing: 'making a place for uv' })
  await job.run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', `uv==${UV}`], {
    doing: 'installing uv',
  })
  return program
}

/** A virtual environment with these packages; one that is there is completed. The path of its Python. */
export async function virtualEnvironment(
  job: Job,
  folder: string,
  { python, packages, more = [] }: { python: string; packages: string[]; more?: string[] },
): Promise<string> {
  const program = await uv(job)
  const own = join(folder, 'bin', 'python')
  if (!existsSync(own)) {
    await job.run(program, ['venv', '--clear', '--python', python, folder], {
      doing: 'making a virtual environment',
    })
  }
  await job.run(program, ['pip', 'install', '--python', own, ...more, ...packages], {
    doing: `installing ${packages[0]}`,
  })
  return own
}

/** Packages unpacked into a folder for a moment, without what they depend on. */
export async function unpackPackages(job: Job, packages: string[]): Promise<string> {
  const folder = join(job.folder, 'unpacked')
  rmSync(folder, { recursive: true, force: true })
  const args = ['pip', 'install', '--no-deps', '--target', folder, '--python', findPython(9, 14)!]
  await job.run(await uv(job), [...args, ...packages], { doing: `fetching ${packages[0]}` })
  return folder
}

/** The sources of llama.cpp, which lie in those of llama-cpp-python. */
export async function llamaSources(job: Job): Promise<string> {
  const folder = join(job.root, 'sources', `llama-cpp-python-${LLAMA_CPP_PYTHON}`)
  const sources = join(folder, 'vendor', 'llama.cpp')
  if (existsSync(folder)) return sources
  const fresh = join(job.folder, 'sources')
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh, { recursive: true })
  const name = `llama_cpp_python-${LLAMA_CPP_PYTHON}`
  const wanted = [
    '--no-deps',
    '--no-binary',
    'llama-cpp-python',
    `llama-cpp-python==${LLAMA_CPP_PYTHON}`,
  ]
  await job.run(findPython(9, 14)!, ['-m', 'pip', 'download', '--dest', fresh, ...wanted], {
    doing: 'fetching the sources of llama.cpp',
  })
  await job.run('tar', ['-xzf', `${name}.tar.gz`], { cwd: fresh, doing: 'unpacking them' })
  mkdirSync(join(job.root, 'sources'), { recursive: true })
  renameSync(join(fresh, name), folder)
  rmSync(fresh, { recursive: true, force: true })
  return sources
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
