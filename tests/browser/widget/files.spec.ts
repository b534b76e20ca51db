import type { Locator, Page } from '@playwright/test'
import { violations, withAxe } from '../support/axe.ts'
import { expect, test } from '../support/fixtures.ts'
import { paste, transfer } from '../support/give.ts'
import { Line } from '../support/line.ts'
import { pdf, png } from '../support/made.ts'
import type { Organization } from '../support/organization.ts'
import { type Person, visitor } from '../support/people.ts'
import type { Site } from '../support/site.ts'

/** A picture of about 800 kB, which no compression makes smaller. */
const large = (name = 'large.png') => png(name, 520, 512, true)

/** A visitor whose window is open and has a conversation. */
async function talking(page: Page, shop: Organization, site: Site): Promise<Person> {
  await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  const guest = visitor(page)
  await guest.say('Hello')
  return guest
}

const choose = (page: Page, ...files: ReturnType<typeof png>[]) =>
  page.getByRole('dialog').locator('input[type=file]').setInputFiles(files)

const tray = (page: Page) => page.getByRole('dialog').getByRole('list', { name: 'Files' })

/** The colours of a canvas: in the middle of its upper and of its lower half. */
const colours = (canvas: Locator) =>
  canvas.evaluate(element => {
    const { width, height } = element as HTMLCanvasElement
    const context = (element as HTMLCanvasElement).getContext('2d')
    return [0.25, 0.75].map(at => [...(context?.getImageData(width / 2, height * at, 1, 1).data ?? [])])
  })

const RED = [220, 30, 40, 255]
const BLUE = [30, 60, 220, 255]

test('a picture and a document are sent, shown, and to be had from the gateway', async ({
  page,
  shop,
  site,
  problems,
}) => {
  const agent = await shop.agent()
  const guest = await talking(page, shop, site)
  const document = pdf('Plan of the garden.pdf', 'Ferns')
  await choose(page, png('fern.png', 640, 480), document)
  const picture = guest.log.getByRole('button', { name: 'fern.png' })
  await expect(picture).toHaveAttribute('data-state', 'shown')
  expect(await colours(picture.locator('canvas'))).toEqual([RED, BLUE])
  const card = guest.log.getByRole('link', { name: 'Plan of the garden.pdf' })
  await expect(card).toContainText('580')
  const answer = await page.request.get((await card.getAttribute('href')) ?? '')
  expect(await answer.body()).toEqual(document.buffer)
  await expect(tray(page)).toBeHidden()
  await expect(guest.log.locator('.cd-ticks-sent').last()).toBeVisible()
  const talk = await agent.hears('Hello')
  await talk.until(
    'two files',
    ({ items }) => items.filter(item => item.entry.content.attachment).length === 2,
  )
  expect(problems).toEqual([])
})

test('how far a file is can be seen, and it can be cancelled on its way', async ({ page, shop, site }) => {
  const line = await Line.of(page)
  await withAxe(page)
  const guest = await talking(page, shop, site)
  line.hold(100_000)
  await choose(page, large(), {
    name: 'drawing.svg',
    mimeType: 'image/svg+xml',
    buffer: Buffer.from('<svg/>'),
  })
  const progress = tray(page).getByRole('progressbar', { name: 'large.png' })
  await expect(progress).toHaveAttribute('max', String(large().buffer.length))
  await expect
    .poll(() => progress.evaluate(bar => (bar as HTMLProgressElement).value))
    .toBeGreaterThan(50_000)
  await expect(tray(page).getByRole('listitem').first()).toContainText('%')
  expect(await violations(page)).toEqual([])
  await tray(page).getByRole('button', { name: 'Remove drawing.svg' }).click()
  await tray(page).getByRole('button', { name: 'Cancel large.png' }).click()
  await expect(tray(page)).toBeHidden()
  line.release()
  await guest.say('Never mind')
  await expect(guest.log.locator('.cd-ticks-sent').last()).toBeVisible()
  await expect(guest.log.getByRole('button', { name: 'large.png' })).toHaveCount(0)
  await expect
    .poll(
      async () =>
        (await shop.gateway.query('select 1 from attachments where name = $1', ['large.png'])).length,
    )
    .toBe(0)
})

test('a connection that is cut in the middle goes on where it was', async ({ page, shop, site }) => {
  const line = await Line.of(page)
  const guest = await talking(page, shop, site)
  const file = large()
  line.hold(400_000)
  await choose(page, file)
  const progress = tray(page).getByRole('progressbar')
  const done = () => progress.evaluate(bar => (bar as HTMLProgressElement).value)
  await expect.poll(done).toBeGreaterThan(200_000)
  await line.cut()
  await expect(guest.log.getByRole('button', { name: 'large.png' })).toHaveAttribute('data-state', 'shown')
  expect(line.connections).toBe(2)
  // Once, and what was held when the line was cut.
  expect(line.sent).toBeLessThan(file.buffer.length * 1.5)
  await expect(guest.log.getByRole('button', { name: 'large.png' })).toHaveCount(1)
})

test('files are pasted, several at once, and a text that was copied with a picture stays a text', async ({
  page,
  shop,
  site,
}) => {
  const guest = await talking(page, shop, site)
  const field = page.getByRole('dialog').getByRole('textbox', { name: 'Message' })
  await paste(field, [png('one.png'), png('two.png')])
  await expect(guest.log.getByRole('button', { name: 'one.png' })).toHaveAttribute('data-state', 'shown')
  await expect(guest.log.getByRole('button', { name: 'two.png' })).toHaveAttribute('data-state', 'shown')
  await paste(field, [png('words.png')], 'words of a document')
  await guest.say('And?')
  await expect(guest.log.getByRole('button', { name: 'words.png' })).toHaveCount(0)
})

test('files are dropped onto the window, which says so while they are over it', async ({
  page,
  shop,
  site,
}) => {
  const guest = await talking(page, shop, site)
  const dialog = page.getByRole('dialog', { name: 'Chat' })
  const dataTransfer = await transfer(page, [png('dropped.png')])
  const target = guest.log
  const ground = () => dialog.evaluate(element => getComputedStyle(element, '::after').content)
  expect(await ground()).toBe('none')
  await target.dispatchEvent('dragenter', { dataTransfer })
  await target.dispatchEvent('dragover', { dataTransfer })
  expect(await ground()).toBe('"Drop files here to send them"')
  await dialog.dispatchEvent('dragleave', { dataTransfer })
  expect(await ground()).toBe('none')
  await target.dispatchEvent('dragover', { dataTransfer })
  const kept = await target.evaluate(
    (element, dataTransfer) =>
      !element.dispatchEvent(
        new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true, composed: true }),
      ),
    dataTransfer,
  )
  expect(kept, 'the browser does not open the file').toBe(true)
  expect(await ground()).toBe('none')
  await expect(guest.log.getByRole('button', { name: 'dropped.png' })).toHaveAttribute('data-state', 'shown')
})

test('a file that is dropped where none is taken does not take the place of the page', async ({
  page,
  shop,
  site,
}) => {
  await shop.configure({ settings: { ask_email_away: true } })
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  await expect(page.getByRole('button', { name: 'Start chat' })).toBeVisible()
  const dataTransfer = await transfer(page, [png('lost.png')])
  for (const name of ['.prechat', '.header']) {
    for (const type of ['dragover', 'drop']) {
      const kept = await page.locator(name).evaluate(
        (element, { type, dataTransfer }) => {
          const event = { dataTransfer, bubbles: true, cancelable: true, composed: true }
          return !element.dispatchEvent(new DragEvent(type, event))
        },
        { type, dataTransfer },
      )
      expect(kept, `${type} on ${name}`).toBe(true)
    }
  }
  // A text is dropped into its field as ever.
  const text = await page.evaluateHandle(() => {
    const carried = new DataTransfer()
    carried.setData('text/plain', 'ada@mail.example')
    return carried
  })
  const field = page.getByRole('textbox', { name: 'E-mail' })
  const left = await field.evaluate((element, dataTransfer) => {
    const event = { dataTransfer, bubbles: true, cancelable: true, composed: true }
    return element.dispatchEvent(new DragEvent('dragover', event))
  }, text)
  expect(left).toBe(true)
})

test('what breaks a rule is refused at once, in words that name it, and starts nothing', async ({
  page,
  shop,
  site,
}) => {
  const agent = await shop.agent()
  const most = agent.client.welcome?.limits.upload_bytes ?? 0
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  await choose(page, { name: 'drawing.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg/>') })
  const row = tray(page).getByRole('listitem')
  await expect(row.getByRole('alert')).toContainText(
    'Files of this kind are not taken. Possible are PNG, JPG, ',
  )
  await row.getByRole('button', { name: 'Remove drawing.svg' }).click()
  await choose(page, { name: 'nothing.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) })
  await expect(row.getByRole('alert')).toHaveText('This file is empty.')
  await row.getByRole('button', { name: 'Remove nothing.txt' }).click()
  const field = page.getByRole('dialog').getByRole('textbox', { name: 'Message' })
  await field.evaluate((field, most) => {
    const clipboardData = new DataTransfer()
    clipboardData.items.add(new File([new Uint8Array(most + 1)], 'film.mp4', { type: 'video/mp4' }))
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, most)
  await expect(row.getByRole('alert')).toContainText('is too much: a file may have at most')
  await expect(row.getByRole('button', { name: /Try again/ })).toHaveCount(0)
  expect(await shop.entries()).toEqual([])
  await expect(page.getByRole('dialog').getByRole('log')).not.toContainText('film.mp4')
})

test('a file that is chosen before there is a conversation starts it', async ({ page, shop, site }) => {
  await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  await choose(page, png('first.png'))
  const guest = visitor(page)
  await expect(guest.log.getByRole('button', { name: 'first.png' })).toHaveAttribute('data-state', 'shown')
  await expect(tray(page)).toBeHidden()
  await guest.say('That is it')
  await page.reload()
  await expect(guest.log.getByRole('button', { name: 'first.png' })).toHaveAttribute('data-state', 'shown')
})

test('a page that is left while a file is on its way tells on the next that it was not sent', async ({
  page,
  shop,
  site,
}) => {
  const line = await Line.of(page)
  const guest = await talking(page, shop, site)
  line.hold(100_000)
  await choose(page, large('too slow.png'))
  await expect(tray(page).getByRole('listitem')).toContainText('%')
  await page.reload()
  const alert = tray(page).getByRole('alert')
  await expect(alert).toContainText('Not sent, because the page was left: too slow.png.')
  await tray(page).getByRole('button', { name: 'Remove too slow.png' }).click()
  await expect(tray(page)).toBeHidden()
  await page.reload()
  await expect(guest.log).toContainText('Hello')
  await expect(tray(page)).toHaveCount(0)
})

test('an agent attaches files in the console and sees the visitor’s pictures', async ({
  page,
  shop,
  site,
  browser,
}) => {
  const guest = await talking(page, shop, site)
  await choose(page, png('mine.png', 640, 480))
  await expect(guest.log.getByRole('button', { name: 'mine.png' })).toHaveAttribute('data-state', 'shown')
  const desk = await shop.console(browser)
  await desk.getByRole('region', { name: 'Conversations' }).getByRole('link').first().click()
  const talk = desk.getByRole('region', { name: /^Conversation with/ })
  const picture = talk.getByRole('button', { name: 'mine.png' })
  await expect(picture).toHaveAttribute('data-state', 'shown')
  expect(await colours(picture.locator('canvas'))).toEqual([RED, BLUE])
  await picture.click()
  const light = desk.getByRole('dialog', { name: 'mine.png' })
  await expect(light.locator('canvas')).toBeVisible()
  await desk.keyboard.press('Escape')
  await expect(light).toHaveCount(0)
  await expect(picture).toBeFocused()
  await paste(talk.getByRole('textbox'), [png('from the desk.png')])
  await expect(guest.log.getByRole('button', { name: 'from the desk.png' })).toHaveAttribute(
    'data-state',
    'shown',
  )
  await talk.getByText('Note', { exact: true }).click()
  await expect(talk.getByRole('button', { name: 'Attach files' })).toHaveCount(0)
  await desk.context().close()
})
