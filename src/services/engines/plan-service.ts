import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { JarvisError } from '../../errors.ts'
import type { ModelUri, ServiceDefinition } from '../../plan/types.ts'
import type { EngineContext } from '../engine.ts'
import { own } from '../../host/own.ts'
import { fromHome } from '../../host/home-folder.ts'
import { findProgram, findUnexecutable } from '../../host/programs.ts'
import { shellWord } from '../../host/shell-word.ts'
import { programHint } from './program-hints.ts'

/** A service of the user's own whose program is there. */
export interface PlanService {
  service: ServiceDefinition
  /** Path of its program. */
  file: string
  args: string[]
  /** Absolute. */
  cwd: string
}

/**
 * Finds what the plan or `plans/services.yaml` defines under the model's name. `example` are the lines that a
 * definition would consist of.
 *
 * @throws JarvisError MISSING when it is not defined, or its folder or program is not there
 */
export function findPlanService(
  model: ModelUri,
  { plan, root, env }: EngineContext,
  example: string[],
): PlanService {
  const service = own(plan.services, model.name)
  if (service === undefined) throw undefinedService(model, example)
  const cwd = resolve(root, fromHome(service.cwd ?? '.', env))
  const [program = '', ...args] = service.command
  if (!existsSync(cwd)) {
    const mend = 'install the service there, or change `cwd` where the service is defined'
    throw cannotStart(model, `its folder ${cwd} does not exist: ${mend}`)
  }
  const place = { cwd, env: { ...env, ...service.env } }
  const file = findProgram(program, place)
  if (file !== null) return { service, file, args, cwd }
  const locked = findUnexecutable(program, place)
  if (locked !== null) {
    throw cannotStart(
      model,
      `the program ${locked} is not executable: chmod +x ${shellWord(locked)}`,
    )
  }
  const reason = `the program ${program} was not found on PATH: ${programHint(program)}`
  throw cannotStart(model, reason)
}

/** The model's name as its program knows it. */
export function modelName(service: ServiceDefinition): string {
  return service.model ?? service.name
}

/** The error of a service that is defined and lacks something. */
export function cannotStart(model: ModelUri, reason: string): JarvisError {
  return new JarvisError('MISSING', `${model.text} cannot be started: ${reason}.`)
}

function undefinedService(model: ModelUri, example: string[]): JarvisError {
  const name = /^[\w.-]+$/.test(model.name) ? model.name : JSON.stringify(model.name)
  return new JarvisError(
    'MISSING',
    [
      `No service is defined for ${model.text}. Add it to the plan or to plans/services.yaml:`,
      '',
      'services:',
      `  ${name}:`,
      ...example.map((line) => `    ${line}`),
    ].join('\n'),
  )
}
