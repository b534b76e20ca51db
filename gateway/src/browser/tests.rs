use super::*;

/// Headers as browsers send them: what kind of device, which browser, which system.
const REAL: &[(&str, Option<DeviceType>, &str, &str)] = &[
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36",
        Some(DeviceType::Desktop),
        "Chrome 128",
        "Windows 10",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
        Some(DeviceType::Desktop),
        "Firefox 128",
        "Windows 10",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Safari/537.36 Edg/127.0.2651.74",
        Some(DeviceType::Desktop),
        "Edge 127",
        "Windows 10",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
        Some(DeviceType::Desktop),
        "Safari 17",
        "Mac OS X 10.15",
    ),
    (
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
        Some(DeviceType::Desktop),
        "Firefox 127",
        "Ubuntu",
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        Some(DeviceType::Desktop),
        "Chrome 126",
        "Linux",
    ),
    (
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36",
        Some(DeviceType::Desktop),
        "Chrome 128",
        "Chrome OS 14541.0",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 OPR/112.0.0.0",
        Some(DeviceType::Desktop),
        "Opera 112",
        "Windows 10",
    ),
    (
        "Mozilla/5.0 (X11; FreeBSD amd64; rv:115.0) Gecko/20100101 Firefox/115.0",
        Some(DeviceType::Desktop),
        "Firefox 115",
        "FreeBSD",
    ),
    (
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; Tablet PC 2.0)",
        Some(DeviceType::Desktop),
        "IE 8",
        "Windows 7",
    ),
    (
        "Mozilla/5.0 (Windows NT 6.3; WOW64; Trident/7.0; rv:11.0) like Gecko",
        Some(DeviceType::Desktop),
        "IE 11",
        "Windows 8.1",
    ),
    ("Mozilla/4.76 [en] (Win98; U)", Some(DeviceType::Desktop), "", "Windows 98"),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        Some(DeviceType::Mobile),
        "Mobile Safari 17",
        "iOS 17.5",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
        Some(DeviceType::Mobile),
        "Chrome Mobile iOS 126",
        "iOS 17.5",
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Mobile Safari/537.36",
        Some(DeviceType::Mobile),
        "Chrome Mobile 128",
        "Android 14",
    ),
    (
        "Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
        Some(DeviceType::Mobile),
        "Samsung Internet 25",
        "Android 13",
    ),
    (
        "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0",
        Some(DeviceType::Mobile),
        "Firefox Mobile 128",
        "Android 14",
    ),
    (
        "Mozilla/5.0 (Linux; Android 11; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
        Some(DeviceType::Mobile),
        "Chrome Mobile 120",
        "Android 11",
    ),
    (
        "Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/52.0.2743.116 Mobile Safari/537.36 Edge/15.15063",
        Some(DeviceType::Mobile),
        "Edge Mobile 15",
        "Windows Phone 10.0",
    ),
    (
        "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80 (S60; SymbOS; Opera Mobi/23.348; U; en) Presto/2.5.25 Version/10.54",
        Some(DeviceType::Mobile),
        "Opera Mini 9",
        "Symbian OS",
    ),
    (
        "Mozilla/5.0 (BB10; Touch) AppleWebKit/537.10+ (KHTML, like Gecko) Version/10.0.9.2372 Mobile Safari/537.10+",
        Some(DeviceType::Mobile),
        "BlackBerry WebKit 10",
        "BlackBerry OS 10.0",
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
        Some(DeviceType::Tablet),
        "Mobile Safari 16",
        "iOS 16.6",
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36",
        Some(DeviceType::Tablet),
        "Chrome 128",
        "Android 14",
    ),
    (
        "Mozilla/5.0 (Android 12; Tablet; rv:109.0) Gecko/115.0 Firefox/115.0",
        Some(DeviceType::Tablet),
        "Firefox Mobile 115",
        "Android 12",
    ),
    (
        "Mozilla/5.0 (Linux; Android 9; KFMAWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/126.1.1 like Chrome/126.0.6478.50 Safari/537.36",
        Some(DeviceType::Tablet),
        "Amazon Silk 126",
        "Android 9",
    ),
    (
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        Some(DeviceType::Bot),
        "Googlebot 2",
        "",
    ),
    (
        "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.6533.88 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        Some(DeviceType::Bot),
        "Googlebot 2",
        "Android 6.0",
    ),
    ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", Some(DeviceType::Bot), "bingbot 2", ""),
    (
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        Some(DeviceType::Bot),
        "FacebookBot 1",
        "",
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.6478.126 Safari/537.36",
        Some(DeviceType::Bot),
        "HeadlessChrome 126",
        "Linux",
    ),
    (
        "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 Safari/537.36 WebAppManager",
        Some(DeviceType::Other),
        "Chrome 94",
        "Web0S",
    ),
    ("Mozilla/5.0 (PlayStation 4 5.55) AppleWebKit/601.2 (KHTML, like Gecko)", Some(DeviceType::Other), "", ""),
    ("curl/8.5.0", Some(DeviceType::Other), "curl 8", ""),
    ("nonsense", None, "", ""),
    ("", None, "", ""),
];

#[tokio::test]
async fn real_headers_are_read() {
    let mut wrong = Vec::new();
    for (header, device, browser, os) in REAL {
        let read = read(header).await;
        let named = |name: &str| (!name.is_empty()).then(|| name.to_owned());
        let wanted = Told { device: *device, browser: named(browser), os: named(os) };
        if read != wanted {
            wrong.push(format!("{header}\n    read   {read:?}\n    wanted {wanted:?}"));
        }
    }
    assert!(REAL.len() >= 25 && wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn whatever_a_header_holds_what_is_told_is_short_and_on_one_line() {
    let long = "x".repeat(2_000);
    for header in [
        long.clone(),
        format!("Firefox/{}", "9".repeat(2_000)),
        format!("Mozilla/5.0 ({long}) Gecko Firefox/128.0"),
        format!("Mozilla/5.0 (iPhone; CPU iPhone OS {} like Mac OS X)", "1_".repeat(1_000)),
        "(".repeat(2_000),
        "é".repeat(1_000),
        format!("{}bot", "é".repeat(90)),
        "Firefox/1\n28\0.0".into(),
        "\u{202e}xoferiF".into(),
    ] {
        let Told { browser, os, .. } = read(&header).await;
        for name in [browser, os].into_iter().flatten() {
            assert!(name.len() <= NAME_BYTES && !name.contains(char::is_control), "{header:.40}: {name}");
        }
    }
}
