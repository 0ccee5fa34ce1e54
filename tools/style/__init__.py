"""The rules that tools/check_style.py applies; a module a kind of rule."""
