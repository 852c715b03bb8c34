package extracttest

import (
	"fmt"
	"strings"
)

const (
	declaration = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	packageNS   = "http://schemas.openxmlformats.org/package/2006/"
	officeNS    = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
)

// relations is a part of relationships: the kind and the target of each.
func relations(name string, pairs ...[2]string) Part {
	var b strings.Builder
	fmt.Fprintf(&b, `%s<Relationships xmlns="%srelationships">`, declaration, packageNS)
	for i, p := range pairs {
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%s/%s" Target="%s"/>`, i+1, officeNS, p[0], p[1])
	}
	b.WriteString("</Relationships>")
	return Part{name, b.String()}
}

// contentTypes is the part that names the type of every other.
func contentTypes(main, kind string, slides ...Part) Part {
	var more strings.Builder
	for _, s := range slides {
		more.WriteString(`<Override PartName="/` + s.Name + `" ContentType="application/vnd.openxmlformats-officedocument.presentationml.slide+xml"/>`)
	}
	return Part{"[Content_Types].xml", declaration + `<Types xmlns="` + packageNS + `content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/` + main + `" ContentType="application/vnd.openxmlformats-officedocument.` + kind + `.main+xml"/>` + more.String() + `</Types>`}
}

func core(title string) Part {
	return Part{"docProps/core.xml", declaration + `<cp:coreProperties xmlns:cp="` + packageNS + `metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>` +
		escape(title) + `</dc:title></cp:coreProperties>`}
}

const wordNS = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"`

// DOCX is a Word file with a heading and paragraphs.
func DOCX(title string, paragraphs ...string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>%s</w:t></w:r></w:p>`, escape(title))
	for _, p := range paragraphs {
		fmt.Fprintf(&b, `<w:p><w:r><w:t xml:space="preserve">%s</w:t></w:r></w:p>`, escape(p))
	}
	return DOCXBody(title, b.String())
}

// DOCXBody is a Word file whose body is written in WordprocessingML, with the
// prefix w. It has the styles Heading1, Heading2 and ListParagraph.
func DOCXBody(title, body string) []byte {
	const main = "word/document.xml"
	return Zip(contentTypes(main, "wordprocessingml.document"),
		relations("_rels/.rels", [2]string{"officeDocument", main}), core(title),
		Part{"word/styles.xml", declaration + `<w:styles ` + wordNS + `>` +
			`<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>` +
			`<w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/><w:basedOn w:val="Heading1"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>` +
			`<w:style w:type="paragraph" w:styleId="ListParagraph"><w:name w:val="List Paragraph"/></w:style></w:styles>`},
		Part{main, declaration + `<w:document ` + wordNS + `><w:body>` + body + `</w:body></w:document>`})
}

const drawingNS = `xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="` + officeNS + `" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"`

// PPTX is a PowerPoint file: a slide with the title, then one for each paragraph.
// The text of a paragraph before a colon is the title of its slide.
func PPTX(title string, paragraphs ...string) []byte {
	const main = "ppt/presentation.xml"
	var ids strings.Builder
	var slides []Part
	var pairs [][2]string
	for i, text := range append([]string{title}, paragraphs...) {
		head, body, parted := strings.Cut(text, ":")
		if !parted && i > 0 {
			head, body = "", text
		}
		name := fmt.Sprintf("slides/slide%d.xml", i+1)
		fmt.Fprintf(&ids, `<p:sldId id="%d" r:id="rId%d"/>`, 256+i, i+1)
		pairs = append(pairs, [2]string{"slide", name})
		slides = append(slides, Part{"ppt/" + name, declaration + `<p:sld ` + drawingNS + `><p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>` +
			shape("title", head) + shape("body", strings.TrimSpace(body)) + `</p:spTree></p:cSld></p:sld>`})
	}
	parts := append([]Part{contentTypes(main, "presentationml.presentation", slides...), relations("_rels/.rels", [2]string{"officeDocument", main}), core(title),
		relations("ppt/_rels/presentation.xml.rels", pairs...),
		{main, declaration + `<p:presentation ` + drawingNS + `><p:sldIdLst>` + ids.String() + `</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>`}}, slides...)
	return Zip(parts...)
}

func shape(kind, text string) string {
	if text == "" {
		return ""
	}
	return `<p:sp><p:nvSpPr><p:cNvPr id="2" name="` + kind + `"/><p:cNvSpPr/><p:nvPr><p:ph type="` + kind + `"/></p:nvPr></p:nvSpPr><p:spPr><a:xfrm><a:off x="100000" y="100000"/><a:ext cx="8000000" cy="3000000"/></a:xfrm></p:spPr><p:txBody><a:bodyPr/><a:p><a:r><a:t>` + escape(text) + `</a:t></a:r></a:p></p:txBody></p:sp>`
}

// XLSX is an Excel file with one sheet. Texts are shared, as Excel writes them.
func XLSX(sheet string, rows ...[]string) []byte {
	var cells, texts strings.Builder
	n := 0
	for i, row := range rows {
		fmt.Fprintf(&cells, `<row r="%d">`, i+1)
		for j, text := range row {
			fmt.Fprintf(&cells, `<c r="%c%d" t="s"><v>%d</v></c>`, 'A'+j%26, i+1, n)
			fmt.Fprintf(&texts, `<si><t>%s</t></si>`, escape(text))
			n++
		}
		cells.WriteString(`</row>`)
	}
	return workbook(sheet, cells.String(), Part{"xl/sharedStrings.xml", declaration + `<sst ` + sheetNS + `>` + texts.String() + `</sst>`})
}

// XLSXCells is an Excel file with one sheet, whose rows and styles are written in
// SpreadsheetML.
func XLSXCells(sheet, styles, rows string) []byte {
	return workbook(sheet, rows, Part{"xl/styles.xml", declaration + `<styleSheet ` + sheetNS + `>` + styles + `</styleSheet>`})
}

const sheetNS = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`

func workbook(sheet, rows string, more ...Part) []byte {
	const main = "xl/workbook.xml"
	return Zip(append([]Part{
		contentTypes(main, "spreadsheetml.sheet"), relations("_rels/.rels", [2]string{"officeDocument", main}),
		relations("xl/_rels/workbook.xml.rels", [2]string{"worksheet", "worksheets/sheet1.xml"}, [2]string{"sharedStrings", "sharedStrings.xml"}),
		{main, declaration + `<workbook ` + sheetNS + ` xmlns:r="` + officeNS + `"><sheets><sheet name="` + escape(sheet) + `" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/worksheets/sheet1.xml", declaration + `<worksheet ` + sheetNS + `><sheetData>` + rows + `</sheetData></worksheet>`},
	}, more...)...)
}
