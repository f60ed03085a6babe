from seg.apis.nothing_found import nothing_found


def test_what_the_model_knows_and_a_command_for_another_are_said():
    trained_on = ['red star', 'sky']
    said = nothing_found(['car, auto', 'red star'], trained_on, 'demo/image_demo.py', ['car'])
    assert 'It was trained on 2 classes (red star, sky), and not on car.' in said
    assert 'Its text model does not know what car means.' in said
    assert 'image_demo.py PICTURE configs/open_vocab/clip_convnext_large_coco.py CHECKPOINT' in said
    said = nothing_found(['red star'], trained_on, 'demo/app.py')
    assert 'text model' not in said and 'not on' not in said
    assert 'app.py configs/open_vocab/' in said
