"""What the page says, in English and in Chinese."""

Texts = dict[str, str]

#: Labels by language, which gradio's part in the browser chooses from.
LABELS: dict[str, Texts] = {
    'en': {
        'picture': 'Picture',
        'things': 'Things: objects that can be counted',
        'stuff': 'Stuff: what cannot be counted, such as sky or grass',
        'separators': 'Semicolons or line breaks between classes, commas between the synonyms of a class.',
        'segment': 'Segment',
        'least_score': 'Minimum score',
        'least_score_info': 'Segments with a lower score are hidden.',
        'outlines': 'Outlines without colour',
        'try': 'Try:',
        'training_words': 'Known words',
        'new_words': 'New words',
        'shapes': 'Shapes only',
    },
    'zh': {
        'picture': '图片',
        'things': '物体（things）：可以数的东西',
        'stuff': '背景（stuff）：无法计数的区域，如天空、草地',
        'separators': '分号或换行分隔类别，逗号分隔同一类别的同义词。',
        'segment': '开始分割',
        'least_score': '最低得分',
        'least_score_info': '隐藏得分更低的区域。',
        'outlines': '只画轮廓，不上色',
        'try': '试一试：',
        'training_words': '训练过的词',
        'new_words': '新词',
        'shapes': '只写形状',
    },
}

# Messages are HTML, which the server writes; what they are filled with is text.
_ENGLISH = {
    'introduction': '<h1>Panoptic segmentation by words</h1><p>Choose a picture, name what to look for, '
    'press <b>Segment</b>. Every pixel goes to one of your words or to none.</p>',
    'known': 'What this model was trained on: {count}',
    'only_shapes': 'This model knows drawn shapes and hardly anything of photographs. '
    'For a model of your own: <code>{command} CONFIG CHECKPOINT</code>',
    'things_chips': 'Things',
    'stuff_chips': 'Stuff',
    'understood': '{kind}: {classes}',
    'synonyms': 'or',
    'new': 'not a word of training',
    'only_commas': 'Commas alone separate classes. For one class and its synonyms, end with a semicolon.',
    'new_note': 'Dashed: words that the model was not trained on. It may find them by their meaning.',
    'unknown': 'The text model was not trained on: {words}. What is found of them means little.',
    'hint': 'Press <b>Segment</b>. Here you will see the picture with its segments, their names and scores, '
    'and files to download.',
    'encoding': 'Reading {words} of {classes} …',
    'segmenting': 'Segmenting the picture …',
    'word': '{} word|{} words',
    'class': '{} class|{} classes',
    'segment_count': '{} segment|{} segments',
    'done': '<b>{segments}</b> found, looking for {classes}. Words encoded in {encoding:.2f} s, picture segmented in '
    '{segmenting:.2f} s.',
    'shared_words': 'In more than one class, so that the first one wins: {words}.',
    'shown': '{shown} of {all} shown; the others score less than {least:.2f}.',
    'alt': 'The picture with {segments}: {names}',
    'how': 'Point at a segment to see its name; press it to see which of your words are close to it.',
    'png': 'Picture (PNG)',
    'json': 'Segments (JSON)',
    'link': 'Link with these words',
    'long_link': 'These words are too long for a link.',
    'name': 'Class',
    'kind': 'Kind',
    'thing': 'thing',
    'stuff_kind': 'stuff',
    'score': 'Score',
    'share': 'Area',
    'nearest': 'Closest to it in meaning: {words} (1.00: the same to the text model)',
    'empty': '{why}',
    # Refusals are text, not HTML.
    'no_picture': 'Give a picture first: choose one, or an example.',
    'no_words': 'Type a word for at least one class, for example: red circle, disc; star',
    'refused': '{reason}',
    'many_characters': '{count:,} characters; give at most {most:,}.',
    'many_words': '{count:,} words with synonyms; give at most {most:,}.',
    'unreadable': 'The file is not a readable picture; use PNG or JPEG.',
    'many_pixels': 'The picture has {width:,} x {height:,} pixels; give one of at most {most} megapixels.',
    'narrow': 'The picture has {width} x {height} pixels; give one of at least {least} on either side '
    'and no longer than {ratio} times its width.',
    'forgotten': 'The page no longer has this picture; press Segment again.',
}

_CHINESE = {
    'introduction': '<h1>用词语做全景分割</h1><p>选一张图片，写出要找的东西，按 <b>开始分割</b>。'
    '每个像素会归到您写的某个词，或者不归任何词。</p>',
    'known': '模型训练过的类别：{count}',
    'only_shapes': '这个模型只认识画出来的形状，对照片几乎一无所知。使用自己的模型：'
    '<code>{command} CONFIG CHECKPOINT</code>',
    'things_chips': '物体',
    'stuff_chips': '背景',
    'understood': '{kind}：{classes}',
    'synonyms': '或',
    'new': '训练没有用过的词',
    'only_commas': '只有逗号时，每个词是一个类别；如果是同一类别的同义词，请以分号结尾。',
    'new_note': '虚线框：模型没有用这些词训练过，但可能根据词义找到它们。',
    'unknown': '文本模型没有学过：{words}。与它们有关的结果没有多少意义。',
    'hint': '按 <b>开始分割</b>，这里会显示分割后的图片、各区域的名称和得分，以及可以下载的文件。',
    'encoding': '正在读取 {classes}的 {words} …',
    'segmenting': '正在分割图片 …',
    'word': '{} 个词',
    'class': '{} 个类别',
    'segment_count': '{} 个分割区域',
    'done': '在 {classes}中找到 <b>{segments}</b>。词语编码 {encoding:.2f} 秒，图片分割 {segmenting:.2f} 秒。',
    'shared_words': '以下词语属于多个类别，以第一个为准：{words}。',
    'shown': '显示 {all}中的 {shown} 个，其余得分低于 {least:.2f}。',
    'alt': '图片与{segments}：{names}',
    'how': '指向一个区域可看到名称；按下可看到您写的哪些词与它接近。',
    'png': '图片（PNG）',
    'json': '区域（JSON）',
    'link': '带有这些词的链接',
    'long_link': '词语太长，无法放进链接。',
    'name': '类别',
    'kind': '种类',
    'thing': '物体',
    'stuff_kind': '背景',
    'score': '得分',
    'share': '面积',
    'nearest': '词义最接近的词：{words}（1.00 表示文本模型无法区分）',
    'no_picture': '请先选择一张图片或一个示例。',
    'no_words': '请至少写一个类别，例如：red circle, disc; star',
    'refused': '无法处理：{reason}',
    'many_characters': '共 {count:,} 个字符，最多 {most:,} 个。',
    'many_words': '连同同义词共 {count:,} 个词，最多 {most:,} 个。',
    'unreadable': '无法读取该图片文件，请使用 PNG 或 JPEG。',
    'many_pixels': '图片有 {width:,} x {height:,} 像素，最多 {most} 百万像素。',
    'narrow': '图片为 {width} x {height} 像素；每边至少 {least} 像素，长边不超过短边的 {ratio} 倍。',
    'empty': '没有找到任何区域：在这张图片上，模型对这些词都没有足够的把握。它训练过 {trained}（见页首），虚线框中的词不在其中。{unknown}'
    '其他模型也许认识：{command} CONFIG CHECKPOINT；训练自己的模型见 docs/zh-CN/own_data.md。',
    'forgotten': '页面不再保存这张图片，请再按一次“开始分割”。',
}

TEXTS: dict[str, Texts] = {'en': _ENGLISH, 'zh': _CHINESE}


def texts_for(accept_language: str) -> Texts:
    """The texts in the first language of a browser's ``Accept-Language``, else in English."""
    return TEXTS['zh' if accept_language.strip().lower().startswith('zh') else 'en']


def counted(form: str, number: int) -> str:
    """A number with its noun, of a form such as ``'{} word|{} words'``."""
    one, _, many = form.partition('|')
    return (one if number == 1 else many or one).format(f'{number:,}')
