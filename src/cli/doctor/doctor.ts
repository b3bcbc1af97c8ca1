import { visibleJson } from '../../host/plain-text.ts'
import { JarvisError } from '../../errors.ts'
import { loadPlan, type Plan } from '../../plan/index.ts'
import { type OwnGpus, ownGpus } from '../../host/own-gpus.ts'
import { needsMachine, wantsOf } from '../../plugin/machine.ts'
import { resolveOptions } from '../../plugin/options.ts'
import { findScenarios } from '../../plugin/projects.ts'
import { packageVersion } from '../../host/package-version.ts'
import { readSheets } from '../../memory/sheets/memory-file.ts'
import type { EngineContext } from '../../services/engine.ts'
import { type Command, COULD_NOT_RUN, readArguments, type Terminal } from '../command.ts'
import type { Finding, Report } from './finding.ts'
import { checkLeftovers, checkPurge, checkWarm } from './leftover-checks.ts'
import { checkDisk, checkGpu, checkLock, checkPorts, lookAtGpus } from './machine-checks.ts'
import { checkMemory } from './memory-checks.ts'
import { checkModels } from './model-checks.ts'
import { checkPackage } from './package-check.ts'
import { reportLines } from './report-lines.ts'

/** `jarvis doctor`: what a plan needs, what of it is there, and the command for what is not. Changes nothing. */
export const doctorCommand: Command = {
  summary: 'say what a plan needs and what of it is not there',
  help: [
    'Usage: jarvis doctor [PLAN] [--json]',
    '',
    'Says of everything that a plan needs whether it is there, with the command that gets it: engines and',
    'models, their memory, fixed ports, GPU, room for logs, a run that uses the machine, what dead runs have left.',
    'It looks and changes nothing. The plan: JARVIS_PLAN, else plans/default.yaml.',
    '',
    '  --json   the same for machines (docs/doctor.md)',
    '',
    'Exit codes: 0 the plan can run, 2 it or a part of it cannot.',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = readArguments('doctor', args, { json: { type: 'boolean' } })
    if (positionals.length > 1) {
      throw new JarvisError('USAGE', 'Expected one plan. See: jarvis doctor --help')
    }
    const report = await examine(positionals[0], terminal)
    const text = values.json
      ? visibleJson(report, 2)
      : reportLines(report, terminal.colors).join('\n')
    terminal.write(`${text}\n`)
    return report.can_run ? 0 : COULD_NOT_RUN
  },
}

async function examine(named: string | undefined, { cwd, env }: Terminal): Promise<Report> {
  const options = resolveOptions(named === undefined ? {} : { plan: named }, cwd, env)
  const plan = await readPlan(options.plan, cwd, env)
  const found = plan instanceof JarvisError ? [unreadable(options.plan, plan)] : await look(plan)
  const findings = [...checkPackage(cwd, env), ...found]
  return {
    schema_version: 1,
    jarvis: packageVersion(),
    plan: options.plan,
    can_run: findings.every(({ status }) => status !== 'missing'),
    findings,
  }

  async function look(read: Plan): Promise<Finding[]> {
    const loadouts = read.blocks.flatMap((block) => block.loadouts)
    const projects = loadouts.map((loadout) => ({ loadout }))
    const own = await ownGpus(env)
    // As its services would see it.
    const context = { plan: read, root: cwd, env: { ...env, ...own?.env } }
    const wanted = needsMachine(projects, read) ? wantsOf(projects, read, own) : 'nothing'
    const found = await Promise.all([
      checkLock(env, wanted),
      checkModels(context),
      checkPorts(read),
      checkPurge(read),
      checkGpuAndMemory(context, options.logs, own),
      checkDisk(options.logs),
      checkLeftovers(options.logs, context),
    ])
    const remark: Finding[] = own?.remark
      ? [{ status: 'warn', subject: 'gpu', name: own.from, message: `${own.remark}.`, fix: null }]
      : []
    return [readable(options.plan, read), ...checkWarm(env), ...found.flat(), ...remark]
  }
}

async function checkGpuAndMemory(
  context: EngineContext,
  logs: string,
  own: OwnGpus | null,
): Promise<Finding[]> {
  const [look, sheets] = await Promise.all([lookAtGpus(context.env, own), readSheets(logs)])
  return [...checkGpu(context.plan, look), ...(await checkMemory(context, { ...look, sheets }))]
}

/** The plan, with scenarios for all that it names; else what is wrong with it. */
async function readPlan(
  file: string,
  root: string,
  env: NodeJS.ProcessEnv,
): Promise<Plan | JarvisError> {
  try {
    return await loadPlan({ file, root, env, scenarios: await findScenarios(root) })
  } catch (error) {
    if (error instanceof JarvisError) return error
    throw error
  }
}

function readable(name: string, plan: Plan): Finding {
  const about = { subject: 'plan', name, fix: null } as const
  if (plan.warnings.length === 0) return { status: 'ok', ...about, message: `${plan.name}.` }
  return { status: 'warn', ...about, message: plan.warnings.join('\n') }
}

function unreadable(name: string, { message }: JarvisError): Finding {
  return { status: 'missing', subject: 'plan', name, message, fix: null }
}
