import { JarvisError } from '../../errors.ts'
import { type Command, readArguments } from '../command.ts'

/** Shells that jarvis knows how to complete in. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const

/** `jarvis completion`: what a shell has to read so that it completes the words of jarvis. */
export const completionCommand: Command = {
  summary: 'let the shell complete commands, options, sessions, plans and metrics',
  help: [
    'Usage: jarvis completion SHELL',
    '',
    'Prints a script for bash, zsh, fish or powershell. Once the shell has read it, Tab completes commands and their options,',
    'and the names of sessions, baselines, plans and metrics that there are in this folder.',
    '',
    'The shell has to find jarvis by that name. Where it lies in the project alone, a function leads there:',
    '',
    '  bash, zsh   jarvis() { npx --no-install jarvis "$@"; }',
    '  fish        function jarvis; npx --no-install jarvis $argv; end',
    '  powershell  function jarvis { npx --no-install jarvis @args }',
    '',
    'What the startup file of the shell has to have:',
    '',
    '  bash        source <(npx --no-install jarvis completion bash)',
    '  zsh         source <(npx --no-install jarvis completion zsh)',
    '  fish        npx --no-install jarvis completion fish | source',
    '  powershell  npx --no-install jarvis completion powershell | Out-String | Invoke-Expression',
    '',
  ].join('\n'),
  async run(args) {
    const { positionals } = readArguments('completion', args, {})
    const shell = SHELLS.find((name) => name === positionals[0])
    if (shell === undefined || positionals.length > 1) {
      const what = `Expected one shell: ${SHELLS.join(', ')}`
      throw new JarvisError('USAGE', `${what}. See: jarvis completion --help`)
    }
    const { script } = await import('@bomb.sh/tab')
    const text = printed(() => script(shell, 'jarvis', 'jarvis'))
    process.stdout.write(shell === 'bash' ? forBareBash(text) : text)
    return 0
  },
}

/** The library has no way to give a script but to print it. */
function printed(print: () => void): string {
  const { log } = console
  let text = ''
  console.log = (line: string) => void (text += `${line}\n`)
  try {
    print()
  } finally {
    console.log = log
  }
  return text
}

/**
 * The script for bash as it works without the package bash-completion too, can be read twice, and leaves paths to the
 * shell.
 */
function forBareBash(text: string): string {
  const changed = text
    .replaceAll(/^readonly /gmu, '')
    .replace(/^complete -F /mu, 'complete -o default -F ')
  return `${WORDS}${changed}`
}

const WORDS = `if ! declare -F _get_comp_words_by_ref > /dev/null; then
    _get_comp_words_by_ref() {
        cur=\${COMP_WORDS[COMP_CWORD]}
        prev=\${COMP_WORDS[COMP_CWORD - 1]}
        words=("\${COMP_WORDS[@]}")
        cword=$COMP_CWORD
    }
fi

`
