"""The portal in the engines that Playwright's Chromium is not: Firefox and WebKit."""
