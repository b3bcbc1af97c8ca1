import type { StarterBlock } from './engines.ts'

/** Where a project of its own has the package, from its plans. */
const USUAL_FOLDER = '../node_modules/jarvis'
/** A download and a first load take minutes. */
const DOWNLOAD_SETTINGS = [
  'settings:',
  '  pull: true # gets the models that are not here yet',
  '  startup_timeout: 1800 # seconds, downloads included',
  '  scenario_timeout: 120',
]

/**
 * The text of a plan.
 *
 * @param folder - where the package lies, from the folder of the plans, with slashes: above a package of a workspace, too
 */
export function planText(blocks: readonly StarterBlock[], folder: string = USUAL_FOLDER): string {
  const isEmbedded = blocks.every(({ loadouts }) =>
    loadouts.flat().every((model) => model.startsWith('sim://')),
  )
  const description = isEmbedded
    ? 'Every domain on the embedded engine, a simulator; put models of your own in its place.'
    : 'Small models on the engines of this machine; put models of your own in their place.'
  return [
    `# yaml-language-server: $schema=${folder}/schema/plan.schema.json`,
    'name: First Plan',
    `description: ${description}`,
    ...(isEmbedded ? [] : DOWNLOAD_SETTINGS),
    'execution:',
    ...blocks.flatMap(blockLines),
    '',
  ].join('\n')
}

function blockLines({ domain, loadouts, isStandIn }: StarterBlock): string[] {
  const note = isStandIn ? ' # the embedded engine, until a service of your own is here' : ''
  return [
    `  - domain: ${domain}`,
    `    loadouts:${note}`,
    ...loadouts.map((models) => `      - [${models.map((model) => `'${model}'`).join(', ')}]`),
    '    scenarios: [all]',
  ]
}
