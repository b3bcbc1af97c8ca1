import type { TestTagDefinition } from 'vitest/config'

/** What tests may be called besides by their file. */
export const tags: TestTagDefinition[] = [
  {
    name: 'long',
    description: 'A variation whose kind `npm test` sees elsewhere: `npm run test:long` has it.',
  },
]
