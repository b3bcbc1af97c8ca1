import { recipes } from './parts/index.ts'
import type { Stack, StackPart } from './stack.ts'

/** What is there of the stack, part by part, for people. */
export function statusLines(stack: Stack): string[] {
  const lines = recipes.flatMap(({ name, title, size, time, licences }) => {
    const part = stack.parts[name]
    return part === undefined
      ? [
          `-         ${name}: ${title}; about ${size}, ${time}`,
          ...licences.map(({ of, licence }) => `            ${of}: ${licence}`),
        ]
      : [
          `${part.status.padEnd(9)} ${name}: ${title}${factsOf(part)}`,
          ...part.licences.map(
            ({ of, licence, file }) =>
              `            ${of}: ${licence}${file === null ? '' : ` (${file})`}`,
          ),
        ]
  })
  return [...lines, '', `In ${stack.root}; stack.json there has it for programs.`]
}

function factsOf({ reason, version, from, bytes, seconds }: StackPart): string {
  if (reason !== null) return `\n            ${reason.replaceAll('\n', '\n            ')}`
  const size = bytes === null ? '' : `, ${(bytes / 1e6).toFixed(0)} MB`
  return ` ${version ?? ''} (${from.join(', ')}${size}, ${seconds} s)`
}
