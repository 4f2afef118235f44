/**
 * @module `mailwarden completion SHELL`: a script for the shell that asks the program itself what may come next,
 * so that it never names a command that is gone.
 */
import { Argument, type Command, type Option } from 'commander';
import type { Io } from './io.js';

/** The shell hands over the words of the line, the last of which is being typed. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_mailwarden() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(mailwarden complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _mailwarden mailwarden
`,
  zsh: `#compdef mailwarden
_mailwarden() {
  compadd -- \${(f)"$(mailwarden complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"}
}
compdef _mailwarden mailwarden
`,
  fish: `complete -c mailwarden -a '(mailwarden complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
};

export function registerCompletion(program: Command, io: Io): void {
  program
    .command('completion')
    .description(
      'print what makes a shell complete these commands, such as: source <(mailwarden completion bash)',
    )
    .addArgument(new Argument('<shell>').choices(Object.keys(SCRIPTS)))
    .action((shell: string) => {
      io.stdout(SCRIPTS[shell] ?? '');
    });
  program
    .command('complete [words...]', { hidden: true })
    .description('what may come next; the shell asks this')
    .action((words: string[]) => {
      io.stdout(
        candidates(program, words)
          .map((one) => `${one}\n`)
          .join(''),
      );
    });
}

/** What may stand in the place of the last word. */
export function candidates(program: Command, words: readonly string[]): string[] {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  let command = program;
  for (const word of before) command = command.commands.find((one) => one.name() === word) ?? command;
  const flag = optionsOf(program, command).find((one) => one.long === before.at(-1));
  const choices = flag?.argChoices ?? [];
  const found = flag && !flag.isBoolean() ? choices : next(program, command);
  return found.filter((one) => one.startsWith(typed) && (typed.startsWith('-') || !one.startsWith('-')));
}

/** Subcommands where there are any, the choices of an argument, and all flags. */
function next(program: Command, command: Command): string[] {
  const commands = command
    .createHelp()
    .visibleCommands(command)
    .map((one) => one.name());
  const choices = command.registeredArguments.flatMap((one) => one.argChoices ?? []);
  const flags = optionsOf(program, command).flatMap((one) => one.long ?? []);
  return [...commands, ...choices, ...flags];
}

const optionsOf = (program: Command, command: Command): Option[] => [
  ...new Set([...command.options, ...program.options]),
];
