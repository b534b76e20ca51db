import { expect, test } from '../support/fixtures.ts'
import { visitor } from '../support/people.ts'

const field = (key: string, kind: string, label: string, required: boolean, options?: string[]) =>
  ({ key, kind, label, required, ...(options && { options }) }) as never

test('every kind of field is asked, checked, told and stored', async ({ page, shop, site }) => {
  await shop.configure({
    form: {
      enabled: true,
      fields: [
        field('name', 'text', 'Your name', true),
        field('email', 'email', 'E-mail', true),
        field('phone', 'phone', 'Phone', false),
        field('glaze', 'select', 'Glaze', true, ['Moss', 'Ash']),
        field('news', 'checkbox', 'I agree', true),
        field('about', 'textarea', 'What about?', false),
      ],
    },
  })
  const agent = await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  await page.evaluate(() => {
    const { chatdesk } = window as unknown as { chatdesk: (...args: unknown[]) => void }
    const heard: unknown[] = []
    Object.assign(window, { heard })
    chatdesk('on', 'prechat', (detail: unknown) => heard.push(detail))
  })
  await page.getByRole('button', { name: 'Open chat' }).click()
  const name = page.getByRole('textbox', { name: 'Your name' })
  await expect(name).toBeFocused()
  const start = page.getByRole('button', { name: 'Start chat' })
  await start.click()
  await expect(name).toBeFocused()
  for (const label of ['Your name', 'E-mail']) {
    await expect(page.getByRole('textbox', { name: label })).toHaveAttribute('aria-invalid', 'true')
  }
  await expect(page.getByRole('combobox', { name: 'Glaze' })).toHaveAttribute('aria-invalid', 'true')
  await expect(page.getByRole('checkbox', { name: 'I agree' })).toHaveAttribute('aria-invalid', 'true')
  await expect(page.getByText('Please tick this box.')).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Phone' })).toHaveAttribute('aria-invalid', 'false')

  // By keyboard alone.
  await page.keyboard.type('Ada Byron')
  await page.keyboard.press('Tab')
  await page.keyboard.type('ada@mail')
  await page.keyboard.press('Tab')
  await page.keyboard.type('call me')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('textbox', { name: 'E-mail' })).toBeFocused()
  await expect(page.getByText('Please enter an address like name@example.com.')).toBeVisible()
  await expect(page.getByText('Please enter a number like +44 20 7946 0000.')).toBeVisible()
  await page.keyboard.press('End')
  await page.keyboard.type('.example')
  await page.getByRole('textbox', { name: 'Phone' }).fill('+44 20 7946 0000')
  await page.keyboard.press('Tab')
  await page.keyboard.press('a')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Bowls')
  await page.keyboard.press('Enter')
  await page.keyboard.type('and mugs')
  await start.click()
  const guest = visitor(page)
  await guest.say('Here I am')
  const talk = await agent.hears('Here I am')
  const { conversations } = await agent.client.request('inbox', {})
  const summary = conversations.find(({ conversation }) => conversation === talk.conversation)
  expect(summary?.visitor).toMatchObject({ name: 'Ada Byron', email: 'ada@mail.example' })
  const answers = {
    name: 'Ada Byron',
    email: 'ada@mail.example',
    phone: '+44 20 7946 0000',
    glaze: 'Ash',
    news: 'true',
    about: 'Bowls\nand mugs',
  }
  expect(Object.fromEntries((summary?.answers ?? []).map(({ key, value }) => [key, value]))).toEqual(answers)
  expect(await page.evaluate(() => (window as unknown as { heard: unknown[] }).heard)).toEqual([{ answers }])
})

test('of several departments the visitor chooses one, unless the page has', async ({
  page,
  shop,
  site,
  gateway,
}) => {
  await shop.configure({ form: { enabled: true, fields: [] } })
  await gateway.query(
    "insert into departments (organization_id, id, name, place) values ($1, gen_random_uuid(), 'Sales', 0), ($1, gen_random_uuid(), 'Repairs', 1)",
    [shop.id],
  )
  const agent = await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  await page.getByRole('combobox', { name: 'What is this about?' }).selectOption('Repairs')
  await page.getByRole('button', { name: 'Start chat' }).click()
  await visitor(page).say('A crack')
  const talk = await agent.hears('A crack')
  const [row] = await gateway.query<{ name: string }>(
    'select d.name from conversations c join departments d on d.id = c.department_id and d.organization_id = c.organization_id where c.id = $1',
    [talk.conversation],
  )
  expect(row?.name).toBe('Repairs')
})

for (const width of [320, 1280]) {
  test(`a form of twenty long questions stays in its width: ${width}`, async ({ page, shop, site }) => {
    const kinds = ['text', 'email', 'phone', 'select', 'checkbox', 'textarea']
    const options = Array.from(
      { length: 50 },
      (_, at) => `Option ${at}${at === 7 ? ' and more'.repeat(20) : ''}`,
    )
    const fields = Array.from({ length: 20 }, (_, at) => {
      const kind = kinds[at % kinds.length] ?? ''
      const label =
        at % 2 === 0 ? 'unbroken'.repeat(15) : `Question ${at}, ${'which goes on '.repeat(6)}`.trim()
      return field(`field_${at}`, kind, label, true, kind === 'select' ? options : undefined)
    })
    await shop.configure({ form: { enabled: true, fields } })
    await page.setViewportSize({ width, height: 640 })
    await page.goto(site.page(shop, 'plain'))
    await page.getByRole('button', { name: 'Open chat' }).click()
    await page.getByRole('button', { name: 'Start chat' }).click()
    const form = page.locator('.prechat')
    await expect(form.locator('[aria-invalid=true]')).toHaveCount(20)
    // Whatever takes the focus is scrolled to: upwards and downwards alone.
    const sizes = await form.evaluate(({ scrollWidth, clientWidth, scrollLeft }) => [
      scrollWidth - clientWidth,
      scrollLeft,
    ])
    expect(sizes).toEqual([0, 0])
  })
}
