// Opens the status page, logs in, and checks what a person would see, in both languages. Fails loudly.
const assert = require('node:assert/strict');
const { chromium } = require('playwright-core');

const [url, key, shots] = process.argv.slice(2);
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

async function main() {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: flags });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, locale: 'zh-CN' });
    const complaints = [];
    page.on('pageerror', error => complaints.push(String(error)));
    page.on('console', message => { if (message.type() === 'error') complaints.push(message.text()); });

    await page.goto(url);
    assert.equal(await page.isVisible('#figures'), false, 'no figure shows before the login');
    await page.screenshot({ path: `${shots}/login-zh.png` });

    await page.fill('#key', 'hy_' + '0'.repeat(64));
    await page.click('form button');
    await page.waitForFunction(() => document.querySelector('#error').textContent.length > 0);
    assert.equal(await page.isVisible('#figures'), false, 'a wrong key shows nothing');
    // The browser itself reports the 401 that was just provoked.
    complaints.length = 0;

    await page.fill('#key', key);
    await page.click('form button');
    await page.waitForSelector('#figures:not([hidden])');
    assert.equal(await page.locator('#loop > li').count(), 7, 'seven stages');
    const number = async stage => Number((await page.locator(`#loop > li:nth-child(${stage}) dd`).first().textContent()).replace(/\D/g, ''));
    const before = await number(1);
    await page.waitForFunction(n => Number(document.querySelector('#loop dd').textContent.replace(/\D/g, '')) > n, before, { timeout: 30000 });
    assert.ok(await number(7) > 10000, 'the ledger holds the customers');
    const chinese = await page.locator('#loop').textContent();
    for (const word of ['感知', '决策', '撰写', '送达', '对话', '衡量', '存证']) assert.ok(chinese.includes(word), `${word} is missing`);
    await page.screenshot({ path: `${shots}/status-zh.png`, fullPage: true });

    await page.click('#language');
    const english = await page.locator('main').textContent();
    for (const word of ['Perceive', 'Decide', 'Compose', 'Deliver', 'Converse', 'Measure', 'Prove']) assert.ok(english.includes(word), `${word} is missing`);
    const words = await page.locator('#loop').textContent();
    assert.ok(!/[\u4e00-\u9fff]/.test(words), `Chinese left in the English page: ${words}`);
    await page.screenshot({ path: `${shots}/status-en.png`, fullPage: true });

    // Nothing may stick out of the page or out of its card, on a desk or on a phone.
    const tooWide = () => page.evaluate(() => [document.documentElement, ...document.querySelectorAll('.stage')]
      .filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent.trim().slice(0, 40)));
    assert.deepEqual(await tooWide(), [], 'too wide for a desk');
    await page.setViewportSize({ width: 390, height: 844 });
    assert.deepEqual(await tooWide(), [], 'too wide for a phone');
    await page.screenshot({ path: `${shots}/status-phone.png`, fullPage: true });

    await page.click('#leave');
    assert.equal(await page.isVisible('#figures'), false, 'after leaving nothing shows');
    assert.deepEqual(complaints, [], 'the browser complains about nothing');
  } finally {
    await browser.close();
  }
}

main().catch(error => { console.error(error); process.exit(1); });
