// @vitest-environment happy-dom
import { Fragment, render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, expect, test, vi } from 'vitest'

// Run with preact and with what stands in for it: they must not differ.

const root = document.body.appendChild(document.createElement('div'))
const show = (content: preact.ComponentChild) => act(() => render(content, root))
const html = () => root.innerHTML
const one = <Kind extends Element = HTMLElement>(selector: string) => root.querySelector(selector) as Kind

afterEach(() => show(null))

test('texts and numbers are shown; nothing, true and false are not', async () => {
  await show(
    <p>
      {0} {'a<b'} {null}
      {undefined}
      {true}
      {false}
      {['x', [1, 2]]}
    </p>,
  )
  expect(root.textContent).toBe('0 a<b x12')
  expect(one('p').children).toHaveLength(0)
})

test('a text changes in its own node', async () => {
  await show(<p>one</p>)
  const text = one('p').firstChild
  await show(<p>two</p>)
  expect(one('p').firstChild).toBe(text)
  expect(text?.textContent).toBe('two')
})

test('what is not to be seen keeps its place: what follows it stays the same node', async () => {
  const App = ({ hint }: { hint: boolean }) => (
    <div>
      {hint && <p>hint</p>}
      <input />
    </div>
  )
  await show(<App hint={false} />)
  const input = one('input')
  await show(<App hint />)
  expect(html()).toBe('<div><p>hint</p><input></div>')
  expect(one('input')).toBe(input)
  await show(<App hint={false} />)
  expect(one('input')).toBe(input)
})

test('another type or another key is another node', async () => {
  await show(<p key="a">x</p>)
  const first = one('p')
  await show(<p key="b">x</p>)
  expect(one('p')).not.toBe(first)
  await show(<b key="b">x</b>)
  expect(html()).toBe('<b>x</b>')
})

const List = ({ keys }: { keys: string }) => (
  <ul>
    {[...keys].map(key => (
      <li key={key}>{key}</li>
    ))}
  </ul>
)

test.each([
  ['abc', 'cab'],
  ['abc', 'bca'],
  ['abcdef', 'fedcba'],
  ['abc', 'xaybzc'],
  ['xaybzc', 'abc'],
  ['abcd', 'dxba'],
  ['', 'ab'],
  ['ab', ''],
  ['abcdefgh', 'hbgaxcf'],
])('a list goes from %j to %j with the nodes that stay', async (from, to) => {
  await show(<List keys={from} />)
  const nodes = Object.fromEntries([...root.querySelectorAll('li')].map(node => [node.textContent, node]))
  await show(<List keys={to} />)
  const after = [...root.querySelectorAll('li')]
  expect(after.map(node => node.textContent).join('')).toBe(to)
  for (const node of after) {
    const before = nodes[node.textContent ?? '']
    if (before) expect(node).toBe(before)
  }
})

/** Keys that were put in or moved, while `change` happened. */
async function moved(change: () => Promise<void>): Promise<(string | null)[]> {
  const records: string[] = []
  const list = one('ul')
  for (const name of ['insertBefore', 'moveBefore'] as const) {
    const original = (list as never)[name] as ((node: Node, at: Node | null) => Node) | undefined
    if (!original) continue
    Object.assign(list, {
      [name](node: Node, at: Node | null) {
        records.push(node.textContent ?? '')
        return original.call(list, node, at)
      },
    })
  }
  await change()
  return records
}

test.each([
  ['abcd', 'bacd', 1],
  ['abcd', 'dabc', 1],
  ['abcd', 'bcda', 1],
  ['abcd', 'xyabcd', 2],
  ['abcd', 'abcdxy', 2],
  ['abcd', 'acd', 0],
])('from %j to %j so many nodes move or come: %i', async (from, to, count) => {
  await show(<List keys={from} />)
  expect(await moved(() => show(<List keys={to} />))).toHaveLength(count)
})

test('a field that stays in a list that others join and leave keeps the focus', async () => {
  const Fields = ({ keys }: { keys: string }) => (
    <ul>
      {[...keys].map(key => (
        <input key={key} id={key} />
      ))}
    </ul>
  )
  await show(<Fields keys="abc" />)
  const field = one('#b')
  field.focus()
  for (const keys of ['xabc', 'xab', 'axb', 'cxb', 'b']) {
    await show(<Fields keys={keys} />)
    expect(document.activeElement).toBe(field)
  }
})

test('fragments and components that show several things move as one', async () => {
  const Pair = ({ name }: { name: string }) => (
    <>
      <i>{name}1</i>
      <i>{name}2</i>
    </>
  )
  const App = ({ keys }: { keys: string }) => (
    <p>
      <b>first</b>
      {[...keys].map(key =>
        key < 'm' ? <Pair key={key} name={key} /> : <Fragment key={key}>{[key, <i>{key}</i>]}</Fragment>,
      )}
      <b>last</b>
    </p>
  )
  await show(<App keys="axb" />)
  expect(root.textContent).toBe('firsta1a2xxb1b2last')
  await show(<App keys="bax" />)
  expect(root.textContent).toBe('firstb1b2a1a2xxlast')
  await show(<App keys="x" />)
  expect(root.textContent).toBe('firstxxlast')
})

test('a component that shows nothing at first comes to stand where it belongs', async () => {
  const Maybe = ({ on }: { on: boolean }) => (on ? <i>now</i> : null)
  const App = ({ on }: { on: boolean }) => (
    <p>
      <b>a</b>
      <Maybe on={on} />
      <b>c</b>
    </p>
  )
  await show(<App on={false} />)
  await show(<App on />)
  expect(html()).toBe('<p><b>a</b><i>now</i><b>c</b></p>')
  await show(<App on={false} />)
  expect(html()).toBe('<p><b>a</b><b>c</b></p>')
})

test('attributes come, change and go', async () => {
  const attributes = {
    class: 'x',
    title: 't',
    'data-n': 1,
    'aria-hidden': false,
    role: 'log' as const,
    tabIndex: 0,
  }
  await show(
    <p {...attributes} hidden dir="rtl">
      .
    </p>,
  )
  const element = one('p')
  const names = ['class', 'data-n', 'aria-hidden', 'role', 'tabindex']
  const values = () => names.map(name => element.getAttribute(name))
  expect([element.hidden, element.dir, element.title]).toEqual([true, 'rtl', 't'])
  expect(values()).toEqual(['x', '1', 'false', 'log', '0'])
  await show(<p class={undefined}>.</p>)
  expect(one('p')).toBe(element)
  expect([element.hidden, element.title]).toEqual([false, ''])
  expect(values()).toEqual([null, null, null, null, null])
})

test('styles are set one by one, and taken back', async () => {
  await show(<p style={{ color: 'red', '--x': '1' }} />)
  const { style } = one('p')
  expect([style.color, style.getPropertyValue('--x')]).toEqual(['red', '1'])
  await show(<p style={{ '--x': '2' }} />)
  expect([style.color, style.getPropertyValue('--x')]).toEqual(['', '2'])
})

test('drawings are of their own kind, with attributes as they are written', async () => {
  await show(
    <p>
      <svg aria-hidden="true" viewBox="0 0 8 8" width="8" class="icon">
        <path d="M0 0" stroke-width="2" />
      </svg>
    </p>,
  )
  expect(one('svg').namespaceURI).toBe('http://www.w3.org/2000/svg')
  expect(one('path').namespaceURI).toBe('http://www.w3.org/2000/svg')
  expect(one('svg').getAttribute('viewBox')).toBe('0 0 8 8')
  expect(one('path').getAttribute('stroke-width')).toBe('2')
  expect(one('p').namespaceURI).toBe('http://www.w3.org/1999/xhtml')
})

test('a choice is made though what can be chosen comes later', async () => {
  const App = ({ options }: { options: string[] }) => (
    <select value="b">
      {options.map(option => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  )
  await show(<App options={['a', 'b']} />)
  expect(one<HTMLSelectElement>('select').value).toBe('b')
  await show(<App options={['c', 'a', 'b']} />)
  expect(one<HTMLSelectElement>('select').value).toBe('b')
})

test('what a visitor typed is left alone where it is as it should be', async () => {
  await show(<textarea value="ab" />)
  const field = one<HTMLTextAreaElement>('textarea')
  field.value = 'abc'
  const set = vi.spyOn(field, 'value', 'set')
  await show(<textarea value="abc" />)
  expect(set).not.toHaveBeenCalled()
  await show(<textarea value="" />)
  expect(field.value).toBe('')
})

test('a tick follows what it is given, also when a visitor has changed it', async () => {
  await show(<input type="checkbox" checked />)
  const box = one<HTMLInputElement>('input')
  expect(box.checked).toBe(true)
  box.checked = false
  await show(<input type="checkbox" checked />)
  expect(box.checked).toBe(true)
  await show(<input type="checkbox" checked={false} />)
  expect(box.checked).toBe(false)
})

test('the newest handler hears of an event, none once it is gone', async () => {
  const first = vi.fn()
  const second = vi.fn()
  await show(<button type="button" onClick={first} />)
  await show(<button type="button" onClick={second} />)
  const button = one('button')
  button.click()
  expect(first).not.toHaveBeenCalled()
  expect(second).toHaveBeenCalledOnce()
  expect(second.mock.calls[0]?.[0]).toBeInstanceOf(Event)
  await show(<button type="button" />)
  button.click()
  expect(second).toHaveBeenCalledOnce()
  await show(<button type="button" onClick={first} />)
  button.click()
  expect(first).toHaveBeenCalledOnce()
})

test('who began to listen while an event was on its way is not meant by it', async () => {
  const outer = vi.fn()
  const field = <input />
  await show(
    <fieldset>
      <input onChange={() => render(<fieldset onChange={outer}>{field}</fieldset>, root)} />
    </fieldset>,
  )
  const change = () => one('input').dispatchEvent(new Event('change', { bubbles: true }))
  change()
  expect(outer).not.toHaveBeenCalled()
  change()
  expect(outer).toHaveBeenCalledOnce()
})

test('refs are given the node, and nothing once it is gone', async () => {
  const ref = { current: null as HTMLParagraphElement | null }
  const call = vi.fn()
  await show(
    <p ref={ref}>
      <b ref={call} />
    </p>,
  )
  expect(ref.current).toBe(one('p'))
  expect(call).toHaveBeenLastCalledWith(one('b'))
  await show(<p />)
  expect(ref.current).toBeNull()
  expect(call).toHaveBeenLastCalledWith(null)
})

test('a node that was put in by hand stays', async () => {
  await show(<p />)
  const own = one('p').appendChild(document.createElement('canvas'))
  await show(<p class="x" />)
  expect(own.parentNode).toBe(one('p'))
})

test('the same description can stand in two places', async () => {
  const twice = <i>x</i>
  await show(
    <p>
      {twice}
      {twice}
    </p>,
  )
  expect(html()).toBe('<p><i>x</i><i>x</i></p>')
})

test('two places are drawn into without minding each other', async () => {
  const other = document.createElement('div')
  await act(() => render(<b>other</b>, other))
  await show(<i>this</i>)
  await act(() => render(null, other))
  expect(other.childNodes).toHaveLength(0)
  expect(html()).toBe('<i>this</i>')
})
