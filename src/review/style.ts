/** @module The look of the review pages. Light and dark, one column, nothing that has to be loaded. */

export const STYLE = `
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5d6b7c; --line: #dbe1e8; --paper: #fff; --ground: #f4f6f8;
  --accent: #2459c4; --good: #17703f; --bad: #b3261e; --warn: #8a5a00; --mine: #fff7e6; --mine-line: #e6c98a }
@media (prefers-color-scheme: dark) { :root { --ink: #e5eaf0; --soft: #9aa7b6; --line: #303a47; --paper: #182029; --ground: #10161d;
  --accent: #8db4ff; --good: #6fd39c; --bad: #ff9b92; --warn: #f0c063; --mine: #2a2416; --mine-line: #6b5626 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
.bar, main { max-width: 60rem; margin: 0 auto; padding: 0 1.25rem }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; padding-top: 1rem; padding-bottom: 1rem }
.bar strong a { text-decoration: none } .bar form { display: flex; align-items: center; gap: .75rem; margin-left: auto }
main { padding-bottom: 4rem }
a { color: inherit } a:hover { color: var(--accent) }
h1 { font-size: 1.5rem; line-height: 1.3; margin: .5rem 0 .75rem; overflow-wrap: anywhere }
h2 { font-size: 1rem; margin: 0 0 .75rem }
h3 { font-size: .875rem; margin: 1.25rem 0 .5rem; color: var(--soft) }
section, .card { background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; margin: 0 0 1rem }
.soft { color: var(--soft); font-size: .875rem } .soft strong { color: var(--ink) }
p { margin: 0 0 .75rem } p:last-child { margin-bottom: 0 }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr); gap: .35rem 1rem; margin: 0 }
dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
bdi { white-space: pre-wrap; overflow-wrap: anywhere }
code, pre, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .875rem }
code { overflow-wrap: anywhere }
pre { margin: 0; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--ground);
  white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.5 }
ul, ol { list-style: none; margin: 0; padding: 0 }
li + li { border-top: 1px solid var(--line) }
.queue a { display: grid; grid-template-columns: minmax(0, 1fr) max-content; gap: .1rem 1.5rem; padding: .9rem .25rem; text-decoration: none }
.queue b { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 600 }
.queue span:nth-child(even) { text-align: right }
.checks li { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); gap: 0 1rem; padding: .5rem 0 }
.checks div { overflow-wrap: anywhere }
.badge { display: inline-block; border: 1px solid currentColor; border-radius: 1rem; padding: 0 .6rem; font-size: .8125rem; line-height: 1.5rem; white-space: nowrap; color: var(--soft) }
.good { color: var(--good) } .bad { color: var(--bad) } .warn { color: var(--warn) }
.note { border-left: 4px solid var(--accent); border-radius: .25rem; background: var(--paper); padding: .75rem 1rem; margin: 0 0 1rem; overflow-wrap: anywhere }
.note.bad { border-color: var(--bad); color: var(--ink) } .note.good { border-color: var(--good); color: var(--ink) }
.agent { background: var(--mine); border: 1px dashed var(--mine-line) }
.agent pre { background: none; border-color: var(--mine-line) }
label { display: block; font-size: .875rem; color: var(--soft); margin: 0 0 .35rem }
input:not([type=hidden]), textarea { width: 100%; font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .75rem }
textarea { min-height: 4.5rem; resize: vertical }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1rem }
button { font: inherit; font-weight: 600; padding: .55rem 1.4rem; border-radius: .5rem; border: 1px solid var(--line); background: var(--paper); color: inherit; cursor: pointer }
button:hover { border-color: currentColor } button.quiet { font-size: .875rem; font-weight: 400; padding: .25rem .75rem }
button.approve { background: var(--good); border-color: var(--good); color: var(--paper) }
button.reject { color: var(--bad); border-color: var(--bad) }
button.enter { background: var(--accent); border-color: var(--accent); color: var(--paper); margin-top: 1rem }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
summary { cursor: pointer } details[open] summary { margin-bottom: .75rem }
.narrow { max-width: 28rem; margin: 10vh auto 0 }
nav { display: flex; justify-content: space-between }
@media (max-width: 36rem) { dl, .checks li, .queue a { grid-template-columns: minmax(0, 1fr) } dd { margin-bottom: .5rem }
  .queue span:nth-child(even) { text-align: left } .bar form { margin-left: 0 } }
@media print { body { background: none } form, summary { display: none } }
`;
