import { delimiter, dirname, join } from 'node:path'
import { modelsFolder, standIn } from './ollama.ts'
import { createProject, type Project } from './project.ts'
import type { SessionFiles } from './session-files.ts'
import { cacheModel, standInMachine } from './stand-ins.ts'

/** The project of the plans that came with the Python runner, on a machine with stand-ins for Ollama and vLLM. */
export function prepared(): { project: Project; env: Record<string, string> } {
  const project = createProject('own-domains')
  const machine = standInMachine(join(dirname(project.root), 'machine'), ['vllm'])
  for (const model of ['Qwen2.5-0.5B-Instruct', 'Qwen2-VL-2B-Instruct']) {
    cacheModel(machine, `Qwen/${model}`)
  }
  const OLLAMA_MODELS = modelsFolder(join(machine.folder, 'models'), 'qwen2.5:0.5b')
  const PATH = [dirname(standIn), machine.env['PATH']].join(delimiter)
  return { project, env: { ...machine.env, OLLAMA_MODELS, OLLAMA_HOST: '', PATH } }
}

/** Every result as `status name on loadout`, by domain. */
export function told(session: SessionFiles, domains: string[]): Record<string, string[]> {
  const rows = domains.map((domain) => [
    domain,
    session
      .results(domain)
      .map(({ status, name, models }) => `${status} ${name} · ${models.join(' + ')}`),
  ])
  return Object.fromEntries(rows) as Record<string, string[]>
}
