import { readFile } from 'node:fs/promises'
import { expect, type Page, test } from '@playwright/test'
import { Gateway } from './support/gateway.ts'
import { answer, logIn, startChat, visit } from './support/people.ts'

const list = (desk: Page) => desk.getByRole('region', { name: 'Conversations' })
const names = (desk: Page) => list(desk).locator('.conversation-name > span:first-child').allInnerTexts()

test('a list stays right for its filter while conversations change, and outlives a reload', async ({
  browser,
}) => {
  const gateway = await Gateway.start()
  try {
    const frida = await startChat(await visit(browser, gateway.url), 'Frida')
    await frida.say('Is the planter frost-proof?')
    const edda = await startChat(await visit(browser, gateway.url), 'Edda')
    await edda.say('Does the desk come in 160 cm?')

    const desk = await logIn(browser, gateway.url, 'owner@demo.test', 'chatdesk-demo')
    const other = await logIn(browser, gateway.url, 'agent@demo.test', 'chatdesk-demo')
    await expect.poll(() => names(desk)).toEqual(['Edda', 'Frida'])
    await expect(list(desk).getByRole('radio', { name: /^All/ })).toHaveAccessibleName(/2/)

    await list(desk).getByRole('combobox', { name: 'Priority' }).selectOption('High')
    await expect(list(desk)).toContainText('Nothing here')
    expect(desk.url()).toContain('priority=high')

    // By keyboard alone, at another desk.
    await answer(other, 'Frida')
    await other.getByRole('button', { name: 'Priority: None' }).focus()
    await other.keyboard.press('Enter')
    await expect(other.getByRole('menuitemradio', { name: 'None' })).toBeFocused()
    await other.keyboard.press('ArrowDown')
    await other.keyboard.press('ArrowDown')
    await other.keyboard.press('ArrowDown')
    await other.keyboard.press('Enter')
    await expect(other.getByRole('log')).toContainText('Amir Chen set the priority to High')
    await expect(other.getByRole('button', { name: 'Priority: High' })).toBeFocused()
    await expect.poll(() => names(desk)).toEqual(['Frida'])
    await expect(list(desk).getByRole('link', { name: /High priority/ })).toBeVisible()
    // What agents think of it is nothing for the visitor.
    await expect(frida.log).not.toContainText('priority')

    await desk.reload()
    await expect.poll(() => names(desk)).toEqual(['Frida'])
    await expect(list(desk).getByRole('combobox', { name: 'Priority' })).toHaveValue('high')

    // What no longer fits leaves, and is counted elsewhere.
    await other.getByRole('button', { name: 'Resolve' }).click()
    await expect(list(desk)).toContainText('Nothing here')
    await expect(list(desk).getByRole('combobox', { name: 'Status' })).toContainText('Resolved (1)')
    await list(desk).getByRole('button', { name: 'Show all that is open' }).click()
    await expect.poll(() => names(desk)).toEqual(['Edda'])
    await desk.goBack()
    await expect(list(desk)).toContainText('Nothing here')
  } finally {
    await gateway.stop()
  }
})

test('a conversation is given to a colleague, taken and given back, by keyboard too', async ({ browser }) => {
  const gateway = await Gateway.start()
  try {
    const frida = await startChat(await visit(browser, gateway.url), 'Frida')
    await frida.say('Is the planter frost-proof?')
    const desk = await logIn(browser, gateway.url, 'owner@demo.test', 'chatdesk-demo')
    const other = await logIn(browser, gateway.url, 'agent@demo.test', 'chatdesk-demo')
    await other.goto(`${gateway.url}/console/?whose=mine`)
    await expect(list(other)).toContainText('Nothing here')
    await expect(list(other).getByRole('radio', { name: /^Mine/ })).toHaveAccessibleName(/0/)

    // By keyboard alone: a letter leads to the colleague, who is here.
    const { log } = await answer(desk, 'Frida')
    await desk.getByRole('button', { name: 'Assigned to: Nobody' }).focus()
    await desk.keyboard.press('ArrowDown')
    await expect(desk.getByRole('menuitemradio', { name: 'Nobody' })).toBeFocused()
    await expect(desk.getByRole('menuitemradio').first()).toHaveAccessibleName(/\(me\)$/)
    await desk.keyboard.press('a')
    await expect(desk.getByRole('menuitemradio', { name: 'Amir Chen', exact: true })).toBeFocused()
    await desk.keyboard.press('Enter')
    await expect(log).toContainText('assigned the conversation to Amir Chen')
    await expect(desk.getByRole('button', { name: 'Assigned to: Amir Chen' })).toBeFocused()
    await expect.poll(() => names(other)).toEqual(['Frida'])
    await expect(list(other).getByRole('radio', { name: /^Mine/ })).toHaveAccessibleName(/1/)
    await expect(list(desk).getByRole('radio', { name: /^Unassigned/ })).toHaveAccessibleName(/0/)
    await expect(frida.log).toContainText('You are talking to Amir Chen now')

    // It is the same for whoever looks later, and for whose it is; who is gone is told from who is here.
    await desk.reload()
    await expect(desk.getByRole('button', { name: 'Assigned to: Amir Chen' })).toBeVisible()
    await other.context().close()
    await desk.getByRole('button', { name: 'Assigned to: Amir Chen' }).click()
    await expect(desk.getByRole('menuitemradio', { name: 'Amir Chen not here' })).toBeVisible()
    await desk.keyboard.press('Home')
    await desk.keyboard.press('Enter')
    await expect(log).toContainText('took the conversation')
    await expect(list(desk).getByRole('radio', { name: /^Mine/ })).toHaveAccessibleName(/1/)
    await desk.getByRole('button', { name: /^Assigned to: / }).click()
    await desk.getByRole('menuitemradio', { name: 'Nobody' }).click()
    await expect(log).toContainText('unassigned the conversation')
    await expect(list(desk).getByRole('radio', { name: /^Unassigned/ })).toHaveAccessibleName(/1/)

    await desk.getByRole('button', { name: 'Status: Open' }).click()
    await desk.getByRole('menuitemradio', { name: 'Pending' }).click()
    await expect(log).toContainText('set the conversation to pending')
    await expect(list(desk)).toContainText('All caught up')
    await list(desk).getByRole('combobox', { name: 'Status' }).selectOption('pending')
    await expect.poll(() => names(desk)).toEqual(['Frida'])
  } finally {
    await gateway.stop()
  }
})

test('a word leads to the message it stands in, however far back, and a name to whose it is', async ({
  browser,
}) => {
  const gateway = await Gateway.start()
  try {
    const frida = await startChat(await visit(browser, gateway.url), 'Frida')
    await frida.say('Is the <b>terracotta</b> planter frost-proof?')
    for (let line = 1; line <= 70; line++) await frida.say(`Line ${line} of a long story`)
    await expect.poll(async () => (await gateway.entries()).length).toBe(71)

    const desk = await logIn(browser, gateway.url, 'owner@demo.test', 'chatdesk-demo')
    await expect(list(desk).getByRole('link', { name: /Frida/ })).toBeVisible()
    await desk.keyboard.press('/')
    const field = desk.getByRole('searchbox', { name: 'Search messages and contacts' })
    await expect(field).toBeFocused()
    await desk.keyboard.type('terracotta')
    const hit = list(desk).locator('.hit')
    await expect(async () => {
      // It is found a moment after it was stored.
      await field.press('Enter')
      await expect(hit).toHaveCount(1, { timeout: 1_000 })
    }).toPass({ timeout: 30_000 })
    await expect(hit.locator('mark')).toHaveText('terracotta')
    await expect(hit).toContainText('<b>terracotta</b> planter')
    await field.press('Escape')
    await expect(hit).toHaveCount(0)
    await desk.keyboard.type('terracotta')
    await expect(hit).toHaveCount(1)
    // Down into what was found, and in.
    await hit.focus()
    await desk.keyboard.press('Enter')
    const found = desk.getByRole('log').locator('.cd-goal')
    await expect(found).toContainText('<b>terracotta</b> planter frost-proof?')
    await expect(found).toBeInViewport()
    // A link to it leads there as well.
    await desk.reload()
    await expect(found).toBeInViewport()

    await field.fill('xyzzy')
    await expect(list(desk)).toContainText('Nothing found')
    await field.fill('frid')
    await list(desk)
      .getByRole('link', { name: /frida@example.com/ })
      .click()
    const contact = desk.getByRole('region', { name: 'Contact Frida' })
    await contact.getByRole('link', { name: /Line 70/ }).click()
    await expect(desk.getByRole('region', { name: 'Conversation with Frida' })).toBeVisible()
  } finally {
    await gateway.stop()
  }
})

test('a contact is taken out as a file, and erased from every screen', async ({ browser }) => {
  const gateway = await Gateway.start()
  try {
    const frida = await startChat(await visit(browser, gateway.url), 'Frida')
    await frida.say('Forget me, please')
    const desk = await logIn(browser, gateway.url, 'owner@demo.test', 'chatdesk-demo')
    const other = await logIn(browser, gateway.url, 'agent@demo.test', 'chatdesk-demo')
    await answer(desk, 'Frida')
    await answer(other, 'Frida')
    // Whose it is not to decide is not offered it.
    await expect(other.getByRole('button', { name: 'Erase…' })).toHaveCount(0)

    const details = desk.getByRole('complementary', { name: 'Details' })
    const saved = desk.waitForEvent('download')
    await details.getByRole('button', { name: 'Export' }).click()
    const download = await saved
    expect(download.suggestedFilename()).toMatch(/^contact-.*\.zip$/)
    const bytes = await readFile(await download.path())
    expect(bytes.subarray(0, 2).toString()).toBe('PK')
    expect(bytes.includes('contact.json')).toBe(true)

    await details.getByRole('button', { name: 'Erase…' }).click()
    const dialog = desk.getByRole('dialog', { name: 'Erase Frida?' })
    await dialog.getByRole('radio', { name: 'Delete' }).check()
    await dialog.getByRole('button', { name: 'Delete everything' }).click()
    await expect(dialog).toContainText('That is not “Frida”')
    await dialog.getByRole('textbox').fill('Frida')
    await dialog.getByRole('button', { name: 'Delete everything' }).click()
    for (const screen of [desk, other]) {
      await expect(screen.getByRole('heading', { name: 'This conversation was erased' })).toBeVisible()
      await expect(list(screen).getByRole('link')).toHaveCount(0)
    }
    expect(await gateway.entries()).toEqual([])
  } finally {
    await gateway.stop()
  }
})

test('of an anonymized contact what others wrote is left, on every screen', async ({ browser }) => {
  const gateway = await Gateway.start()
  try {
    const frida = await startChat(await visit(browser, gateway.url), 'Frida')
    await frida.say('My secret is safe with you')
    const desk = await logIn(browser, gateway.url, 'owner@demo.test', 'chatdesk-demo')
    const other = await logIn(browser, gateway.url, 'agent@demo.test', 'chatdesk-demo')
    const agent = await answer(other, 'Frida')
    await agent.say('It is')
    await answer(desk, 'Frida')
    await expect(desk.getByRole('log')).toContainText('It is')
    await desk.getByRole('button', { name: 'Erase…' }).click()
    await desk.getByRole('dialog').getByRole('textbox').fill('Frida')
    await desk.getByRole('dialog').getByRole('button', { name: 'Anonymize' }).click()
    for (const screen of [desk, other]) {
      await expect(screen.getByRole('region', { name: /^Conversation with Visitor/ })).toBeVisible()
      await expect(screen.getByRole('log')).not.toContainText('secret')
      await expect(screen.getByRole('log')).toContainText('It is')
      await expect(screen.getByRole('main')).not.toContainText('Frida')
    }
  } finally {
    await gateway.stop()
  }
})

test('who works for two organizations goes from one to the other, and ends one', async ({ browser }) => {
  const gateway = await Gateway.start()
  try {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage()
    await page.goto(`${gateway.url}/console/signup`)
    await page.getByRole('textbox', { name: 'Organization' }).fill('Loom & Oak')
    await page.getByRole('textbox', { name: 'Your name' }).fill('Ines')
    await page.getByRole('textbox', { name: 'E-mail' }).fill('ines@loom.example')
    await page.getByRole('textbox', { name: 'Password' }).fill('correct horse battery')
    await page.getByRole('button', { name: 'Create account' }).click()
    await expect(page.getByRole('heading', { name: 'Inbox' })).toBeVisible()
    await page.getByRole('button', { name: /Ines/ }).click()
    await expect(page.getByRole('list', { name: 'Organizations' })).toHaveCount(0)

    await gateway.query(
      `insert into members (organization_id, id, account_id, name, role)
       select organizations.id, gen_random_uuid(), accounts.id, 'Ines at Kiln', 'admin'
       from organizations, accounts where organizations.name = 'Kiln & Fern' and email = 'ines@loom.example'`,
    )
    await page.goto(`${gateway.url}/console/settings/data`)
    await page.getByLabel('Page views').fill('400')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await expect(page.getByRole('status').getByText('Saved')).toBeVisible()

    await page.getByRole('button', { name: /Ines/ }).click()
    await page
      .getByRole('list', { name: 'Organizations' })
      .getByRole('button', { name: 'Kiln & Fern' })
      .click()
    await expect(page.getByRole('heading', { name: 'Inbox' })).toBeVisible()
    await page.getByRole('button', { name: /Ines at Kiln/ }).click()
    await expect(page.getByRole('navigation', { name: 'Main' })).toContainText('Admin · Kiln & Fern')
    await page.keyboard.press('Escape')
    await page.goto(`${gateway.url}/console/settings/data`)
    await expect(page.getByLabel('Page views')).toHaveValue('90')
    // Only owners end it.
    await expect(page.getByRole('button', { name: /^Delete/ })).toHaveCount(0)

    await page.getByRole('button', { name: /Ines at Kiln/ }).click()
    await page
      .getByRole('list', { name: 'Organizations' })
      .getByRole('button', { name: 'Loom & Oak' })
      .click()
    await expect(page.getByRole('heading', { name: 'Inbox' })).toBeVisible()
    await page.goto(`${gateway.url}/console/settings/data`)
    await expect(page.getByLabel('Page views')).toHaveValue('400')
    await page.getByRole('button', { name: 'Delete Loom & Oak…' }).click()
    await page.getByRole('dialog').getByRole('textbox').fill('Loom & Oak')
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click()
    await expect(page.getByRole('button', { name: 'Log in' })).toBeVisible()
    await page.getByRole('textbox', { name: 'E-mail' }).fill('ines@loom.example')
    await page.getByRole('textbox', { name: 'Password' }).fill('correct horse battery')
    await page.getByRole('button', { name: 'Log in' }).click()
    // Into the one that is left.
    await page.getByRole('button', { name: /Ines at Kiln/ }).click()
    await expect(page.getByRole('navigation', { name: 'Main' })).toContainText('Kiln & Fern')
  } finally {
    await gateway.stop()
  }
})
