#!/usr/bin/env bash
# The pictures of docs/ARTISTS.md, from what the window ring left in .build/reports.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# take SCREENSHOT NAME GEOMETRY: cut a picture out of a screenshot.
take() {
    convert ".build/reports/$1" -crop "$3" +repage -resize '1000x>' -quality 82 "docs/pictures/$2.jpg"
}

take first-day/03-installed.png installed 875x310+200+150
take first-day/04-render-menu.png render-menu 480x358+0+0
take first-day/05-dialog.png dialog 470x660+0+0
take first-day/06-rendering.png rendering 1400x900+0+0
take panel/02-chunks.png panel 1148x764+0+50
take array/02-dialog.png submit 492x472+262+402
take array/21-fetching.png watching 206x440+1190+420
take array/20-fetch-dialog.png fetch 492x160+262+400
# Without the log below, whose paths are those of a test.
take array/05-failed.png array 1148x388+0+260
